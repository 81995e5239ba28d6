//! The delivery of a new secret, exactly once. A secret is stored before it is delivered, and
//! delivered before it becomes usable.
//!
//! 1. The target is prepared: an error that can be foreseen ends the command before anything is
//!    written.
//! 2. The secret is stored as pending; `create` stores its key at the same time. A pending
//!    secret is never accepted.
//! 3. The secret is delivered.
//! 4. The secret becomes usable; a rotation also begins the overlap of the previous secret. Only
//!    then is the secret issued. A clipboard that no longer holds the secret prevents this step.
//!
//! If step 3 fails, the pending secret is deleted, and the command exits with 6, or with 130 if
//! it was interrupted. If the deletion fails, too, a pending secret may remain, and the command
//! exits with 7.
//!
//! If step 4 fails, its COMMIT may still have succeeded. On a new connection the secret is
//! deleted if it is still pending; then its file is removed, and the command exits with 6 or
//! 130. If the secret is not pending, or can't be deleted, it and its file stay, and the command
//! exits with 7.
//!
//! Signals that would end the process are held until the end of step 4. If one arrives before
//! the last check of step 4, the secret is not issued.

mod interruption;
mod menu;
mod method;
mod protocol;

pub(super) use interruption::Interruption;
pub(super) use menu::DeliveryMenu;
pub(super) use method::DeliveryMethod;
pub(super) use protocol::deliver;
