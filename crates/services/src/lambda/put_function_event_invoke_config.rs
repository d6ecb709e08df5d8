//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>
//!
//! What was set before and isn't given is set no more.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::event_invoke_config::EventInvoke;
use crate::lambda::event_invoke_shapes::{FunctionEventInvokeConfig, Given};
use crate::lambda::keys;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct PutFunctionEventInvokeConfig(Given);

impl Command for PutFunctionEventInvokeConfig {
    const NAME: &'static str = "PutFunctionEventInvokeConfig";
    type Output = FunctionEventInvokeConfig;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<FunctionEventInvokeConfig, Failure> {
        let (function, qualifier) = self.0.target(Self::NAME, tx, context)?;
        let mut config = EventInvoke::default();
        self.0.apply(&mut config, &function, tx, context)?;
        tx.put(&keys::event_invoke_config(function.id, &qualifier), &config);
        Ok(FunctionEventInvokeConfig::new(&function, &qualifier, &config))
    }
}
