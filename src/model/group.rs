//! A group: a named set of permissions.

use super::{GroupName, Permission, Timestamp};

/// A group and how many keys and users are in it.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows, sorted.
    pub permissions: Vec<Permission>,
    /// How many keys are in it.
    pub keys: u64,
    /// How many users are in it.
    pub users: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// The operator who made it.
    pub created_by: String,
}
