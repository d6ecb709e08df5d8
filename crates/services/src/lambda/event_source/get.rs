//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html>

use super::configuration::EventSourceMappingConfiguration;
use super::mapping::Mapping;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetEventSourceMapping {
    #[serde(rename = "UUID")]
    pub uuid: String,
}

impl Read for GetEventSourceMapping {
    const NAME: &'static str = "GetEventSourceMapping";
    type Output = EventSourceMappingConfiguration;

    fn read(
        &self,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<EventSourceMappingConfiguration, Failure> {
        let mapping = Mapping::by_uuid(context.scope(), &self.uuid, rows)?;
        Ok(EventSourceMappingConfiguration::new(&mapping))
    }
}
