//! The template language of CloudFormation, pure: text in; checks, values, order, summary and differences out.
//!
//! It knows no stack, no store, no clock and no resource type: what depends on those is asked of the caller, as
//! predicates, tables and [`Facts`]. The way through it: [`Template::parse`], [`bind()`], [`Scope::new`] (which decides
//! the conditions), then [`Graph::new`] for the order and [`Scope::properties`] for the values.
//! Transforms, macros and dynamic references are refused in words, never passed over.

mod bind;
mod canonical;
pub mod capabilities;
pub mod change;
mod cidr;
mod context;
mod diff;
mod evaluate;
mod fault;
mod functions;
mod graph;
mod json;
mod leaves;
mod modification;
pub mod names;
mod node;
mod order;
mod output;
mod parameters;
mod parse;
mod pseudo;
mod references;
mod resolve;
mod resource;
mod scalar;
mod scope;
mod sections;
mod sub;
mod summary;

mod validate;
mod yaml;

pub use bind::{Bound, Given, Parameters, bind};
pub use diff::{Comparison, Deployed, Types, View};
pub use fault::{Fault, TemplateError};
pub use graph::Graph;
pub use leaves::same;
pub use node::{Node, Place};
pub use output::Output;
pub use parameters::{Declaration, Kind};
pub use parse::Format;
pub use pseudo::PseudoParameters;
pub use resolve::{Facts, KNOWN_AFTER_APPLY, NoSuchAttribute, OutputValue};
pub use resource::{Policy, Resource};
pub use scope::Scope;
pub use sections::Template;
pub use summary::{ParameterSummary, Summary};

#[cfg(test)]
mod tests;
