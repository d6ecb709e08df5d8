//! What an account may have of Lambda: AWS's defaults.

use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::keys;
use crate::lambda::model::Function;
use crate::rows::{Rows, RowsExt};

/// Invocations at once, of all functions together.
pub const CONCURRENT_EXECUTIONS: u32 = 1000;
/// Of them, what can't be reserved.
pub const LEAST_UNRESERVED: u32 = 100;
/// Bytes of all packages and layers.
pub const TOTAL_CODE_SIZE: u64 = 80_530_636_800;

/// All functions of an account in a region.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn functions(scope: &Scope, rows: &dyn Rows) -> Result<Vec<Function>, Failure> {
    let functions = rows.rows(&keys::functions(scope), usize::MAX)?;
    Ok(functions.into_iter().map(|(_, function)| function).collect())
}

/// What no function has reserved.
#[must_use]
pub fn unreserved<'a>(functions: impl IntoIterator<Item = &'a Function>) -> u32 {
    let reserved = functions.into_iter().filter_map(|function| function.reserved_concurrency).sum();
    CONCURRENT_EXECUTIONS.saturating_sub(reserved)
}
