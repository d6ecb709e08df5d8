//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::event_invoke_config::EventInvoke;
use crate::lambda::event_invoke_shapes::{FunctionEventInvokeConfig, Given, nothing_set};
use crate::lambda::function_name::FunctionName;
use crate::lambda::keys;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct UpdateFunctionEventInvokeConfig(Given);

impl Command for UpdateFunctionEventInvokeConfig {
    const NAME: &'static str = "UpdateFunctionEventInvokeConfig";
    type Output = FunctionEventInvokeConfig;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<FunctionEventInvokeConfig, Failure> {
        let (function, qualifier) = self.0.target(Self::NAME, tx, context)?;
        let key = keys::event_invoke_config(function.id, &qualifier);
        let mut config = tx.row::<EventInvoke>(&key)?.ok_or_else(|| {
            let (scope, name) = (function.scope(), function.name.clone());
            nothing_set(&FunctionName { scope, name, qualifier: Some(qualifier.clone()) })
        })?;
        self.0.apply(&mut config, &function, tx, context)?;
        tx.put(&key, &config);
        Ok(FunctionEventInvokeConfig::new(&function, &qualifier, &config))
    }
}
