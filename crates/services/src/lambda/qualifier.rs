//! From a qualifier to the version that it means.

use crate::failure::Failure;
use crate::lambda::keys;
use crate::lambda::model::{Alias, Function, LastUpdate, Version};
use crate::rows::{Rows, RowsExt};
use sha2::Digest;

/// The number of a version that is never there.
const NONE: u64 = u64::MAX - 1;

/// Whether it can be the name of an alias: it has more than digits, and no `$`.
#[must_use]
pub fn is_alias(qualifier: &str) -> bool {
    !qualifier.contains('$') && !qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number of a version, 0 for `$LATEST`.
fn number(qualifier: &str) -> u64 {
    match qualifier {
        "$LATEST" => 0,
        number => number.parse().ok().filter(|number| (1..NONE).contains(number)).unwrap_or(NONE),
    }
}

/// The version that a qualifier means, as it is configured now.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn version(
    function: &Function,
    qualifier: Option<&str>,
    rows: &(impl Rows + ?Sized),
) -> Result<Option<Version>, Failure> {
    match qualifier.unwrap_or("$LATEST") {
        qualifier if is_alias(qualifier) => match alias(function, qualifier, rows)? {
            Some(alias) => function.version(alias.version, rows),
            None => Ok(None),
        },
        qualifier => function.version(number(qualifier), rows),
    }
}

/// The version that an invocation by a qualifier runs: of `$LATEST` what was ready before an update that isn't yet, of an
/// alias one of its versions by their weights. The same `request_id` runs the same version.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn invoked(
    function: &Function,
    qualifier: Option<&str>,
    request_id: &str,
    rows: &(impl Rows + ?Sized),
) -> Result<Option<Version>, Failure> {
    let number = match qualifier.unwrap_or("$LATEST") {
        qualifier if is_alias(qualifier) => match alias(function, qualifier, rows)? {
            Some(alias) => weighted(&alias, request_id),
            None => return Ok(None),
        },
        qualifier => number(qualifier),
    };
    let version = function.version(number, rows)?;
    match &version {
        Some(latest) if number == 0 && latest.last_update != Some(LastUpdate::Successful) => {
            Ok(rows.row(&keys::running(function.id))?.or(version))
        }
        _ => Ok(version),
    }
}

/// The alias of this name.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn alias(function: &Function, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Alias>, Failure> {
    rows.row(&keys::alias(function.id, name))
}

fn weighted(alias: &Alias, request_id: &str) -> u64 {
    let hash: [u8; 32] = sha2::Sha256::digest(request_id).into();
    let drawn = f64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) / f64::from(u32::MAX);
    match &alias.additional {
        Some(additional) if drawn < additional.weight => additional.version,
        _ => alias.version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::model::AdditionalVersion;

    #[test]
    fn a_qualifier_is_a_version_or_an_alias() {
        for (qualifier, alias) in [
            ("$LATEST", false),
            ("1", false),
            ("99999999999999999999999", false),
            ("live", true),
            ("1a", true),
        ] {
            assert_eq!(is_alias(qualifier), alias, "{qualifier}");
        }
        for none in ["0", "99999999999999999999999", "18446744073709551615", "a$b", "$latest"] {
            assert_eq!(number(none), NONE, "{none}");
        }
    }

    #[test]
    fn an_alias_shares_its_invocations_by_weight_and_each_keeps_its_version() {
        let additional = Some(AdditionalVersion { version: 2, weight: 0.25 });
        let alias = Alias {
            name: "live".to_owned(),
            version: 1,
            description: String::new(),
            revision: String::new(),
            additional,
        };
        let drawn: Vec<_> = (0..1000).map(|number| weighted(&alias, &format!("request {number}"))).collect();
        let second = drawn.iter().filter(|version| **version == 2).count();
        assert!((200..300).contains(&second), "{second} of 1000");
        assert_eq!(weighted(&alias, "request 7"), drawn[7]);
    }
}
