//! STS: who am I, and temporary credentials.
//!
//! There is nothing to store: credentials carry what they stand for (see `iam/credentials.rs`), so all operations are
//! reads, and opening a session costs no commit.

mod assume_role;
mod get_access_key_info;
mod get_caller_identity;
mod get_session_token;
mod shapes;

pub use assume_role::AssumeRole;
pub use get_access_key_info::GetAccessKeyInfo;
pub use get_caller_identity::GetCallerIdentity;
pub use get_session_token::GetSessionToken;

use crate::operation::Operation;
use crate::operation::query::read;

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    read::<AssumeRole>(),
    read::<GetAccessKeyInfo>(),
    read::<GetCallerIdentity>(),
    read::<GetSessionToken>(),
];
