//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::settings::constraints;
use crate::lambda::tags::{self, Tagged};
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTags {
    pub resource: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    pub tags: BTreeMap<String, String>,
}

impl Read for ListTags {
    const NAME: &'static str = "ListTags";
    type Output = ListTagsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListTagsOutput, Failure> {
        let mut constraints = constraints();
        tags::constrain(&mut constraints, &self.resource);
        constraints.finish()?;
        let mut tagged = Tagged::find(&self.resource, rows, context)?;
        Ok(ListTagsOutput { tags: std::mem::take(tagged.tags()) })
    }
}
