//! How a command delivers the secret that it issued, exactly once: no secret is delivered that
//! is not stored, and none becomes usable that was not delivered.
//!
//! 1. The target is prepared: an error that can be known beforehand stops the command before
//!    anything is written.
//! 2. The secret is stored as pending, for `create` with its key. A pending secret never
//!    verifies.
//! 3. The secret is delivered.
//! 4. The secret becomes usable, if what was delivered is still there. Only now is it issued.
//! 5. If 3 failed, the pending secret is deleted: exit 6. If that fails, too, it may be left:
//!    exit 7.
//! 6. If 4 failed, its COMMIT may have succeeded all the same. On a fresh connection the secret
//!    is deleted if it is still pending; only then is a file removed: exit 6. Else both stay:
//!    exit 7.
//!
//! Signals that ask the process to end are held from 2 to 4. After one of them nothing is
//! issued.

mod interruption;
mod menu;
mod method;
mod protocol;

pub(super) use interruption::Interruption;
pub(super) use menu::DeliveryMenu;
pub(super) use method::DeliveryMethod;
pub(super) use protocol::deliver;
