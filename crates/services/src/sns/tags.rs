//! Tags of a topic: what AWS takes as one.

use crate::failure::Failure;
use crate::sns::errors;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MOST: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// Tags that are given, by their keys.
///
/// # Errors
/// `InvalidParameter`.
pub fn map(tags: &[Tag]) -> Result<BTreeMap<String, String>, Failure> {
    let mut map = BTreeMap::new();
    for Tag { key, value } in tags {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(errors::invalid_parameter("Tags").into());
        }
        if map.insert(key.clone(), value.clone()).is_some() {
            return Err(errors::invalid_parameter("Duplicated keys are not allowed.").into());
        }
    }
    Ok(map)
}

/// Checks how many there are together.
///
/// # Errors
/// `TagLimitExceeded`.
pub fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Failure> {
    if tags.len() > MOST { Err(errors::tag_limit_exceeded().into()) } else { Ok(()) }
}
