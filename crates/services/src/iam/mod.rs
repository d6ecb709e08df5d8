//! IAM: roles and their policies, access keys, and the one place that decides whether a caller may.
//!
//! Nothing here has a region. A role is one row with its policies in it, since they are read together and are small;
//! temporary credentials are no row at all (see [`credentials`]).

pub mod assume;
pub mod authorize;
pub mod credentials;
mod errors;
pub mod ids;
mod keys;
pub(crate) mod model;
mod names;
pub mod policy;
pub mod session;
mod shapes;

mod create_role;
mod delete_role;
mod get_role;

pub use create_role::CreateRole;
pub use delete_role::DeleteRole;
pub use get_role::GetRole;

use crate::operation::{Operation, command, read};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[command::<CreateRole>(), command::<DeleteRole>(), read::<GetRole>()];
