//! `ListBuckets`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::rows::Rows;
use crate::s3::keys;
use crate::s3::model::Bucket;
use crate::{page, row};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;
use stepwell_wire::Timestamp;

/// Rows that are looked at in one go.
const PAGE: usize = 256;
/// Buckets of one answer, which is also how many an account may have. AWS's.
const MOST: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub struct ListBuckets {
    prefix: Option<String>,
    max_buckets: Option<usize>,
    continuation_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBucketsOutput {
    owner: Owner,
    buckets: Buckets,
    continuation_token: Option<String>,
    prefix: Option<String>,
}

/// Who owns what is listed.
#[derive(Debug, Serialize)]
pub struct Owner {
    #[serde(rename = "ID")]
    id: String,
}

impl Owner {
    /// AWS has a canonical id for each account; here the account says who it is.
    pub fn of(account: &str) -> Self {
        Self { id: account.to_owned() }
    }
}

#[derive(Debug, Serialize)]
struct Buckets {
    #[serde(rename = "Bucket")]
    bucket: Vec<Listed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    name: String,
    creation_date: Timestamp,
    bucket_region: String,
}

impl Read for ListBuckets {
    const NAME: &'static str = "ListBuckets";
    type Output = ListBucketsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListBucketsOutput, Failure> {
        let most = self.max_buckets.unwrap_or(MOST).clamp(1, MOST);
        let all = keys::buckets();
        let token = self.continuation_token.as_deref();
        let after = token.and_then(|token| page::last(context.secrets, "buckets", token));
        let mut cursor = match &after {
            Some(after) => Key::after(keys::bucket(after).as_bytes()),
            None => all.as_bytes().to_vec(),
        };
        let mut listed = Vec::new();
        loop {
            let page = rows.scan(&cursor, &all.end(), Direction::Forward, PAGE)?;
            for (_, value) in &page {
                let bucket: Bucket = row::decode(value)?;
                let is_wanted = self.prefix.as_ref().is_none_or(|prefix| bucket.name.starts_with(prefix));
                if bucket.account == context.account() && is_wanted {
                    listed.push(bucket);
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE && listed.len() <= most => cursor = Key::after(last),
                _ => break,
            }
        }
        let has_more = listed.len() > most;
        listed.truncate(most);
        let last = listed.last().filter(|_| has_more);
        let continuation_token = last.map(|last| page::token(context.secrets, "buckets", &last.name));
        Ok(ListBucketsOutput {
            owner: Owner::of(context.account()),
            buckets: Buckets { bucket: listed.into_iter().map(Listed::of).collect() },
            continuation_token,
            prefix: self.prefix.clone(),
        })
    }
}

impl Listed {
    fn of(bucket: Bucket) -> Self {
        let created_ms = i64::try_from(bucket.created_ms).unwrap_or(i64::MAX);
        Self {
            name: bucket.name,
            creation_date: Timestamp::from_millis(created_ms),
            bucket_region: bucket.region,
        }
    }
}
