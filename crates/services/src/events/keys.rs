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

/// `account, region, name` → [`super::rule::Rule`], with its targets.
pub fn rule(scope: &Scope, name: &str) -> Key {
    rules(scope).text(name)
}

/// All rules of an account in a region, by name.
pub fn rules(scope: &Scope) -> Key {
    Key::new(Family::EventRule).scope(scope)
}
