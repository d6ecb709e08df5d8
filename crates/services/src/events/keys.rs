//! The rows of EventBridge.

use crate::keys::{Family, Key, Scope};

/// `account, region, name` → [`super::model::Connection`].
pub fn connection(scope: &Scope, name: &str) -> Key {
    connections(scope).text(name)
}

/// All connections of an account in a region, by name.
pub fn connections(scope: &Scope) -> Key {
    Key::new(Family::Connection).scope(scope)
}
