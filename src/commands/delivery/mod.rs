//! The delivery of an issued secret, exactly once: no secret is delivered that is not stored,
//! and no secret becomes usable that was not delivered.
//!
//! 1. The target is prepared: an error that can be foreseen ends the command before anything is
//!    written.
//! 2. The secret is stored as pending, for `create` with its key. A pending secret never
//!    verifies.
//! 3. The secret is delivered.
//! 4. The secret becomes usable, if the delivered file still exists; a rotation also begins the
//!    overlap of the previous secret. Only now it is issued.
//! 5. If 3 failed, the pending secret is deleted: exit 6. If the deletion fails, too, a pending
//!    secret may be left: exit 7.
//! 6. If 4 failed, its COMMIT may still have succeeded. On a new connection the secret is
//!    deleted if it is pending, and then its file is removed: exit 6. Otherwise both stay:
//!    exit 7.
//!
//! Signals that ask the process to end are held from 2 to 4. After such a signal nothing is
//! issued.

mod interruption;
mod menu;
mod method;
mod protocol;

pub(super) use interruption::Interruption;
pub(super) use menu::DeliveryMenu;
pub(super) use method::DeliveryMethod;
pub(super) use protocol::deliver;
