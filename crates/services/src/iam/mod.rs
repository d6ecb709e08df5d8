//! IAM: roles, policies, and the one place that decides whether a caller may.

pub mod authorize;
