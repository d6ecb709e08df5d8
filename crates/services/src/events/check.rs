//! What the rows of EventBridge owe: each stands where its fields say.

use super::keys;
use super::model::Connection;
use crate::check::Check;
use crate::failure::Failure;
use crate::row;
use stepwell_store::Slice;

/// Looks at a row.
///
/// # Errors
/// [`Failure::Broken`] if it can't be read.
pub fn row(key: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    let connection: Connection = row::decode(value)?;
    check.expect_at(&keys::connection(&connection.scope(), &connection.name), key);
    Ok(())
}
