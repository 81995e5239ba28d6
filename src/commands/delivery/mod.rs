//! How a command delivers the secret that it issued: by an option, or as chosen from a menu.

mod menu;
mod method;

pub(super) use menu::DeliveryMenu;
pub(super) use method::DeliveryMethod;
