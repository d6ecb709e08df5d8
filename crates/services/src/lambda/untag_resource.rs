//! <https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::settings::constraints;
use crate::lambda::tags::{self, Tagged};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResource {
    pub resource: String,
    pub tag_keys: Vec<String>,
}

impl Command for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut constraints = constraints();
        tags::constrain(&mut constraints, &self.resource);
        constraints.finish()?;
        let mut tagged = Tagged::find(&self.resource, tx, context)?;
        tagged.tags().retain(|key, _| !self.tag_keys.contains(key));
        tagged.put(tx);
        Ok(())
    }
}
