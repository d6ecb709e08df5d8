//! AWS's own managed policies: the names of all, and the documents of those that templates commonly attach.
//!
//! `names.txt` has one `path/name` a line, in byte order; `documents.json` the default version and its document by
//! `path/name`. A policy without its document here can be attached, and allows what it allows on AWS only there.
//! Where the two files come from is said in NOTICE.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const PREFIX: &str = "arn:aws:iam::aws:policy/";

static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("names.txt").lines().collect());

static DOCUMENTS: LazyLock<BTreeMap<String, Known>> = LazyLock::new(|| {
    // INVARIANT: the file is part of the program, and a test reads it.
    serde_json::from_str(include_str!("documents.json")).expect("the documents of AWS's policies are JSON")
});

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Known {
    default_version_id: String,
    document: serde_json::Value,
}

/// One of AWS's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsManaged {
    /// With its path, without a slash before it.
    path_and_name: &'static str,
}

impl AwsManaged {
    /// The policy of this ARN, if AWS has one.
    #[must_use]
    pub fn by_arn(arn: &str) -> Option<Self> {
        let path_and_name = arn.strip_prefix(PREFIX)?;
        let index = NAMES.binary_search(&path_and_name).ok()?;
        NAMES.get(index).map(|path_and_name| Self { path_and_name })
    }

    /// All of them, by path and name.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|path_and_name| Self { path_and_name })
    }

    #[must_use]
    pub fn arn(self) -> String {
        format!("{PREFIX}{}", self.path_and_name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        self.path_and_name.rsplit('/').next().unwrap_or(self.path_and_name)
    }

    #[must_use]
    pub fn path(self) -> String {
        format!("/{}", self.path_and_name.strip_suffix(self.name()).unwrap_or_default())
    }

    /// The version in force, and its document if it is known here.
    #[must_use]
    pub fn default_version(self) -> (&'static str, Option<String>) {
        let known = DOCUMENTS.get(self.path_and_name);
        known.map_or(("v1", None), |known| (&known.default_version_id, Some(known.document.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::policy::validate::identity_policy;

    #[test]
    fn names_are_in_order_and_documents_are_policies() {
        assert!(NAMES.is_sorted() && NAMES.len() > 1500);
        for (name, known) in DOCUMENTS.iter() {
            assert!(AwsManaged::by_arn(&format!("{PREFIX}{name}")).is_some(), "{name}");
            identity_policy(&known.document.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn a_policy_is_found_by_its_arn_only() {
        let policy = AwsManaged::by_arn("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
        let policy = policy.expect("a policy of AWS");
        assert_eq!(
            (policy.name(), policy.path().as_str()),
            ("AWSLambdaBasicExecutionRole", "/service-role/")
        );
        let (version, document) = policy.default_version();
        assert_eq!(version, "v1");
        assert!(document.is_some_and(|document| document.contains("logs:PutLogEvents")));
        assert_eq!(
            AwsManaged::by_arn("arn:aws:iam::aws:policy/AdministratorAccess")
                .map(AwsManaged::path)
                .as_deref(),
            Some("/")
        );
        for arn in [
            "",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
            "AdministratorAccess",
        ] {
            assert_eq!(AwsManaged::by_arn(arn), None, "{arn}");
        }
    }
}
