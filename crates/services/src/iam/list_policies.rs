//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>
//!
//! The account's own policies come first, then AWS's.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::aws_managed::AwsManaged;
use crate::iam::managed::{Policy, PolicyShape};
use crate::iam::paging::Wanted;
use crate::iam::{keys, names};
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicies {
    pub scope: Option<String>,
    pub only_attached: Option<bool>,
    pub path_prefix: Option<String>,
    pub policy_usage_filter: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesOutput {
    pub policies: Vec<PolicyShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

/// A policy that may be shown: its counts are read only if it is.
enum Candidate {
    Own(Policy),
    Aws(AwsManaged),
}

impl Read for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    type Output = ListPoliciesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListPoliciesOutput, Failure> {
        let scope = self.scope.as_deref().unwrap_or("All");
        let usage = self.policy_usage_filter.as_deref();
        let mut constraints = names::constraints();
        constraints.one_of("scope", scope, &["All", "AWS", "Local"]);
        if let Some(usage) = usage {
            constraints.one_of("policyUsageFilter", usage, &["PermissionsPolicy", "PermissionsBoundary"]);
        }
        constraints.finish()?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let mut candidates = Vec::new();
        if scope != "AWS" {
            let own = rows.rows::<Policy>(&keys::policies(context.account()), usize::MAX)?;
            let own = own.into_iter().map(|(_, policy)| policy);
            candidates.extend(own.filter(|policy| policy.path.starts_with(prefix)).map(Candidate::Own));
        }
        if scope != "Local" {
            let aws = AwsManaged::all().filter(|policy| policy.path().starts_with(prefix));
            candidates.extend(aws.map(Candidate::Aws));
        }
        if self.only_attached == Some(true) || usage.is_some() {
            let mut attached = Vec::new();
            for candidate in candidates {
                let shape = candidate.shape(rows, context)?;
                let counts = (shape.attachment_count, shape.permissions_boundary_usage_count);
                let is_used = match usage {
                    Some("PermissionsBoundary") => counts.1 > 0,
                    _ => counts.0 > 0,
                };
                attached.extend(is_used.then_some(candidate));
            }
            candidates = attached;
        }
        let wanted = Wanted::new(&self.marker, self.max_items);
        let page = wanted.of(Self::NAME, candidates, context)?;
        let is_truncated = page.is_truncated();
        let shapes = page.items.into_iter().map(|candidate| candidate.shape(rows, context));
        Ok(ListPoliciesOutput {
            policies: shapes.collect::<Result<_, _>>()?,
            is_truncated,
            marker: page.marker,
        })
    }
}

impl Candidate {
    fn shape(&self, rows: &dyn Rows, context: &Context) -> Result<PolicyShape, Failure> {
        match self {
            Self::Own(policy) => PolicyShape::listed(policy, rows, context),
            Self::Aws(policy) => PolicyShape::aws(*policy, rows, context),
        }
    }
}
