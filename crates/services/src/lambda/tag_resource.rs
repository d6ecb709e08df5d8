//! <https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::errors;
use crate::lambda::settings::constraints;
use crate::lambda::tags::{self, Tagged};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    pub resource: String,
    pub tags: BTreeMap<String, String>,
}

impl Command for TagResource {
    const NAME: &'static str = "TagResource";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut constraints = constraints();
        tags::constrain(&mut constraints, &self.resource);
        constraints.finish()?;
        let mut tagged = Tagged::find(&self.resource, tx, context)?;
        if self.tags.is_empty() {
            let text = "An error occurred and the request cannot be processed.";
            return Err(errors::invalid_parameter(text).into());
        }
        tagged.tags().extend(self.tags.clone());
        tags::check_limit(tagged.tags().len())?;
        tagged.put(tx);
        Ok(())
    }
}
