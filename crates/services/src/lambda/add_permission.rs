//! <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape, check_name, check_qualifier};
use crate::lambda::policy::{Policy, Statement, conditions, principal};
use crate::lambda::settings::constraints;
use crate::lambda::{errors, find, keys};
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stepwell_wire::constraints::{Constraints, Pattern};

static SID: Pattern = Pattern::new("([a-zA-Z0-9-_]+)");
static ACTION: Pattern = Pattern::new("(lambda:[*]|lambda:[a-zA-Z]+|[*])");
static PRINCIPAL: Pattern = Pattern::new(r"[^\s]+");
static SOURCE_ARN: Pattern = Pattern::new(
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
);
static SOURCE_ACCOUNT: Pattern = Pattern::new(r"\d{12}");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermission {
    pub function_name: String,
    pub statement_id: String,
    pub action: String,
    pub principal: String,
    pub source_arn: Option<String>,
    pub source_account: Option<String>,
    pub event_source_token: Option<String>,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    pub principal_org_id: Option<String>,
    pub function_url_auth_type: Option<String>,
    pub invoked_via_function_url: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionOutput {
    /// JSON text.
    pub statement: String,
}

impl Command for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Output = AddPermissionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<AddPermissionOutput, Failure> {
        let mut constraints = constraints();
        self.constrain(&mut constraints);
        constraints.finish()?;
        let qualifier = self.qualifier.as_deref();
        let name = FunctionName::read(&self.function_name, qualifier, Self::NAME, context)?;
        if name.qualifier.as_deref() == Some("$LATEST") {
            let text = "We currently do not support adding policies for $LATEST.";
            return Err(errors::invalid_parameter(text).into());
        }
        let function = find::named(&name, tx)?;
        find::check_qualifier(&name, &function, tx)?;
        let text = self.statement(&name)?;
        let key = keys::policy(function.id, name.qualifier.as_deref().unwrap_or_default());
        let mut policy = tx.row::<Policy>(&key)?.unwrap_or_default();
        check_revision(self.revision_id.as_deref(), &policy)?;
        if policy.statements.iter().any(|statement| statement.sid == self.statement_id) {
            return Err(errors::conflict(format!(
                "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
                self.statement_id
            ))
            .into());
        }
        policy.statements.push(Statement { sid: self.statement_id.clone(), text: text.clone() });
        policy.revision = context.entropy.uuid();
        policy.check_length()?;
        tx.put(&key, &policy);
        Ok(AddPermissionOutput { statement: text })
    }
}

impl AddPermission {
    fn constrain(&self, constraints: &mut Constraints) {
        check_name(constraints, &self.function_name, Shape::Namespaced);
        constraints.length("statementId", &self.statement_id, 1..=100);
        constraints.pattern("statementId", &self.statement_id, &SID);
        constraints.pattern("action", &self.action, &ACTION);
        constraints.pattern("principal", &self.principal, &PRINCIPAL);
        if let Some(arn) = &self.source_arn {
            constraints.pattern("sourceArn", arn, &SOURCE_ARN);
        }
        if let Some(account) = &self.source_account {
            constraints.pattern("sourceAccount", account, &SOURCE_ACCOUNT);
        }
        if let Some(kind) = &self.function_url_auth_type {
            constraints.one_of("functionUrlAuthType", kind, &["NONE", "AWS_IAM"]);
        }
        check_qualifier(constraints, self.qualifier.as_deref());
    }

    fn statement(&self, name: &FunctionName) -> Result<String, Failure> {
        let principal = principal(&self.principal).ok_or_else(|| {
            errors::invalid_parameter(
                "The provided principal was invalid. Please check the principal and try again.",
            )
        })?;
        let mut statement = json!({
            "Sid": self.statement_id,
            "Effect": "Allow",
            "Principal": principal,
            "Action": self.action,
            "Resource": name.arn(),
        });
        let conditions = conditions(&[
            ("StringEquals", "AWS:SourceAccount", self.source_account.clone()),
            ("StringEquals", "lambda:EventSourceToken", self.event_source_token.clone()),
            ("StringEquals", "aws:PrincipalOrgID", self.principal_org_id.clone()),
            ("StringEquals", "lambda:FunctionUrlAuthType", self.function_url_auth_type.clone()),
            ("ArnLike", "AWS:SourceArn", self.source_arn.clone()),
            (
                "Bool",
                "lambda:InvokedViaFunctionUrl",
                self.invoked_via_function_url.map(|is_via| is_via.to_string()),
            ),
        ]);
        if let Some(conditions) = conditions {
            statement["Condition"] = conditions;
        }
        Ok(statement.to_string())
    }
}

/// Whether the caller saw the newest policy, if it says which one it saw.
///
/// # Errors
/// `PreconditionFailedException`.
pub fn check_revision(given: Option<&str>, policy: &Policy) -> Result<(), Failure> {
    match given {
        Some(given) if given != policy.revision => Err(errors::precondition_failed().into()),
        _ => Ok(()),
    }
}
