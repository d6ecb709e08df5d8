//! <https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sns::tag_resource::find;
use crate::sns::tags::Tag;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResource {
    pub resource_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceOutput {
    pub tags: Vec<Tag>,
}

impl Read for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Output = ListTagsForResourceOutput;

    fn read(&self, rows: &dyn Rows, _: &mut Context) -> Result<ListTagsForResourceOutput, Failure> {
        let topic = find(&self.resource_arn, rows)?;
        let tags = topic.tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        Ok(ListTagsForResourceOutput { tags })
    }
}
