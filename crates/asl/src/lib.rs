//! The Amazon States Language: what a definition means. It is parsed, checked and compiled here; paths, intrinsic
//! functions, templates and choice rules are evaluated here, on values that the caller gives. What happens in an
//! execution, and when, is the engine's affair.

pub mod choice;
pub mod definition;
pub mod diagnostic;
pub mod intrinsic;
pub mod jackson;
pub mod jsonata;
pub mod limits;
pub mod path;
pub mod position;
pub mod scope;
pub mod template;
pub mod timestamp;
mod validate;
