//! <https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::add_permission::check_revision;
use crate::lambda::function_name::{FunctionName, Shape, check_name, check_qualifier};
use crate::lambda::model::Function;
use crate::lambda::policy::Policy;
use crate::lambda::settings::constraints;
use crate::lambda::{errors, find, keys};
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::constraints::Pattern;

static SID: Pattern = Pattern::new("([a-zA-Z0-9-_.]+)");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermission {
    pub function_name: String,
    pub statement_id: String,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
}

impl Command for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Namespaced);
        constraints.length("statementId", &self.statement_id, 1..=100);
        constraints.pattern("statementId", &self.statement_id, &SID);
        check_qualifier(&mut constraints, self.qualifier.as_deref());
        constraints.finish()?;
        let qualifier = self.qualifier.as_deref();
        let name = FunctionName::read(&self.function_name, qualifier, Self::NAME, context)?;
        let function = Function::by_name(&name.scope, &name.name, tx)?
            .ok_or_else(|| errors::not_found(format!("No policy found for: {}", name.arn())))?;
        find::check_qualifier(&name, &function, tx)?;
        let key = keys::policy(function.id, name.qualifier.as_deref().unwrap_or_default());
        let mut policy = tx
            .row::<Policy>(&key)?
            .ok_or_else(|| errors::not_found("No policy is associated with the given resource."))?;
        check_revision(self.revision_id.as_deref(), &policy)?;
        let before = policy.statements.len();
        policy.statements.retain(|statement| statement.sid != self.statement_id);
        if policy.statements.len() == before {
            let sid = &self.statement_id;
            let text = format!("Statement {sid} is not found in resource policy.");
            return Err(errors::not_found(text).into());
        }
        if policy.statements.is_empty() {
            tx.remove(&key);
            return Ok(());
        }
        policy.revision = context.entropy.uuid();
        tx.put(&key, &policy);
        Ok(())
    }
}
