//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
//!
//! The account is read off the id alone, as on AWS; whether there is such a key isn't asked.

use crate::calls::access_key_ids;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sts::shapes::constraints;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;
use stepwell_wire::constraints::Pattern;

static ACCESS_KEY_ID: Pattern = Pattern::new(r"[\w]*");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyInfo {
    pub access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyInfoOutput {
    pub account: String,
}

impl Read for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    type Output = GetAccessKeyInfoOutput;

    fn read(&self, _: &dyn Rows, _: &mut Context) -> Result<GetAccessKeyInfoOutput, Failure> {
        let id = &self.access_key_id;
        constraints()
            .length("accessKeyId", id, 16..=128)
            .pattern("accessKeyId", id, &ACCESS_KEY_ID)
            .finish()?;
        let account = access_key_ids::account_of(id);
        let account = account.ok_or_else(|| ApiError::validation("Invalid Access Key ID format"))?;
        Ok(GetAccessKeyInfoOutput { account })
    }
}
