//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::alias::{self, AliasConfiguration};
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::model::{self, Alias};
use crate::lambda::page::Page;
use crate::lambda::settings::constraints;
use crate::lambda::{find, keys};
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

/// AWS gives so many where the caller doesn't say.
const DEFAULT: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAliases {
    pub function_name: String,
    pub function_version: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAliasesOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    pub aliases: Vec<AliasConfiguration>,
}

impl Read for ListAliases {
    const NAME: &'static str = "ListAliases";
    type Output = ListAliasesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListAliasesOutput, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Plain);
        alias::constrain(&mut constraints, self.function_version.as_deref(), None);
        let page = Page::new(self.marker.as_deref(), self.max_items, DEFAULT, &mut constraints);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, rows)?;
        let aliases = rows.rows::<Alias>(&keys::aliases(function.id), usize::MAX)?;
        let wanted = aliases.into_iter().map(|(_, alias)| alias).filter(|alias| {
            let version = self.function_version.as_ref();
            version.is_none_or(|version| *version == model::version_name(alias.version))
        });
        let (aliases, next_marker) = page.cut(wanted, |alias| alias.name.clone());
        let aliases = aliases.iter().map(|alias| AliasConfiguration::new(&function, alias)).collect();
        Ok(ListAliasesOutput { next_marker, aliases })
    }
}
