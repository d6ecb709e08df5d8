//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::keys;
use crate::iam::model::Role;
use crate::iam::paging::Wanted;
use crate::iam::shapes::RoleShape;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRoles {
    pub path_prefix: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRolesOutput {
    pub roles: Vec<RoleShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

impl Read for ListRoles {
    const NAME: &'static str = "ListRoles";
    type Output = ListRolesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListRolesOutput, Failure> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let list = format!("{} {prefix}", Self::NAME);
        let all = keys::roles(context.account());
        let choose = |role: Role| role.path.starts_with(prefix).then(|| RoleShape::listed(&role));
        let page = Wanted::new(&self.marker, self.max_items).of_rows(&list, &all, rows, context, choose)?;
        let is_truncated = page.is_truncated();
        Ok(ListRolesOutput { roles: page.items, is_truncated, marker: page.marker })
    }
}
