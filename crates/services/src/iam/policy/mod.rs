//! The language of policies: documents, how they are checked when they are stored, and what they decide.
//!
//! Pure, and without knowledge of who is stored where: a [`evaluate::Question`] carries the principal, the action, the
//! resource and the condition keys, and a document answers it. Texts of refusals are IAM's own.

pub mod condition;
pub mod document;
pub mod evaluate;
pub mod validate;
pub mod wildcard;

pub use document::{Document, Effect, Principals, Statement};
pub use evaluate::{Keys, Principal, Question};
