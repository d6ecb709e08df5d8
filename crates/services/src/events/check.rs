//! What the rows of EventBridge owe: each stands where its fields say.

use super::keys;
use super::model::Connection;
use super::rule::Rule;
use crate::check::Check;
use crate::failure::Failure;
use crate::keys::{Family, KeyReader};
use crate::row;
use stepwell_store::Slice;

/// Looks at a row.
///
/// # Errors
/// [`Failure::Broken`] if it can't be read.
pub fn row(key: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    if KeyReader::new(key, Family::EventRule).is_ok() {
        let rule: Rule = row::decode(value)?;
        check.expect_at(&keys::rule(&rule.scope(), &rule.name), key);
        return Ok(());
    }
    let connection: Connection = row::decode(value)?;
    check.expect_at(&keys::connection(&connection.scope(), &connection.name), key);
    Ok(())
}
