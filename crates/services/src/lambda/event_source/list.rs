//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html>

use super::configuration::EventSourceMappingConfiguration;
use super::mapping::Mapping;
use super::source;
use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::page::Page;
use crate::lambda::settings::constraints;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// AWS gives so many where the caller doesn't say.
const DEFAULT: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappings {
    pub event_source_arn: Option<String>,
    pub function_name: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappingsOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    pub event_source_mappings: Vec<EventSourceMappingConfiguration>,
}

impl Read for ListEventSourceMappings {
    const NAME: &'static str = "ListEventSourceMappings";
    type Output = ListEventSourceMappingsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListEventSourceMappingsOutput, Failure> {
        let mut constraints = constraints();
        source::constrain_arn(&mut constraints, self.event_source_arn.as_deref());
        if let Some(name) = &self.function_name {
            check_name(&mut constraints, name, Shape::Namespaced);
        }
        let page = Page::new(self.marker.as_deref(), self.max_items, DEFAULT, &mut constraints);
        constraints.finish()?;
        let name = self.function_name.as_deref();
        let name = name.map(|name| FunctionName::read(name, None, Self::NAME, context)).transpose()?;
        let mappings = Mapping::all(context.scope(), rows)?;
        let wanted = mappings.into_iter().filter(|mapping| self.wants(mapping, name.as_ref()));
        let (mappings, next_marker) = page.cut(wanted, |mapping| mapping.uuid.clone());
        Ok(ListEventSourceMappingsOutput {
            next_marker,
            event_source_mappings: mappings.iter().map(EventSourceMappingConfiguration::new).collect(),
        })
    }
}

impl ListEventSourceMappings {
    fn wants(&self, mapping: &Mapping, name: Option<&FunctionName>) -> bool {
        let source = self.event_source_arn.as_ref();
        source.is_none_or(|arn| *arn == mapping.event_source_arn)
            && name.is_none_or(|name| {
                name.name == mapping.function
                    && (name.qualifier.is_none() || name.qualifier == mapping.qualifier)
            })
    }
}
