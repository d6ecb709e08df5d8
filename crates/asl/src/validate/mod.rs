//! What is checked of a definition beyond the shape of its fields: how its states hang together. The checks look at
//! the JSON, not at the AST, so that they find what they can in a definition that can't be compiled.

pub(crate) mod graph;
pub(crate) mod variables;
