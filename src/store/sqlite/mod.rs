//! The parts of the store that depend on the database being a file: connections, migrations,
//! the usage file, file permissions, sharing, backup, restore, preflight and hash slots.

mod backup;
pub(super) mod copy;
pub(super) mod create;
pub(super) mod directory;
pub(super) mod draft;
pub(super) mod errors;
pub(super) mod hash_slots;
pub(super) mod integrity;
pub(super) mod lock;
pub(super) mod modes;
pub(super) mod open;
pub(super) mod preflight;
pub(super) mod reading;
pub(super) mod restore;
pub(super) mod schema;
pub(super) mod shared_secret;
pub(super) mod sharing;
pub(super) mod sidecar;
pub(super) mod source;
pub(super) mod usage;
