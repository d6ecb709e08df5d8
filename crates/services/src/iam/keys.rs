//! The rows of IAM. Names are unique without regard to case, so keys have them in lower case; nothing has a region.

use crate::keys::{Family, Key};

/// `account, name` → [`super::model::Role`]; its policies stand in the row.
pub fn role(account: &str, name: &str) -> Key {
    roles(account).text(&name.to_ascii_lowercase())
}

/// All roles of an account, by name.
pub fn roles(account: &str) -> Key {
    Key::new(Family::Role).text(account)
}

/// `0, access key id` → [`super::credentials::AccessKey`]. Temporary keys have no row: their session token says it all.
pub fn access_key(id: &str) -> Key {
    Key::new(Family::AccessKey).byte(0).text(id)
}

/// `1, account` → the id of its root key.
pub fn root_key(account: &str) -> Key {
    Key::new(Family::AccessKey).byte(1).text(account)
}
