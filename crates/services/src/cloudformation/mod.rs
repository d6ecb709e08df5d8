//! CloudFormation. So far the template language; stacks and change sets are built on it.

pub mod template;
