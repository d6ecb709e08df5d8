//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListConnections.html>

use super::keys;
use super::model::{Connection, timestamp};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::secrets::Purpose;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use stepwell_store::{Direction, Slice};
use stepwell_wire::{ApiError, Constraints, Service, Timestamp};

/// Entries on a page, and at most.
const PAGE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListConnections {
    pub name_prefix: Option<String>,
    pub connection_state: Option<String>,
    pub limit: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListConnectionsOutput {
    pub connections: Vec<ListedConnection>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedConnection {
    pub connection_arn: String,
    pub name: String,
    pub connection_state: &'static str,
    pub authorization_type: String,
    pub creation_time: Timestamp,
    pub last_modified_time: Timestamp,
    pub last_authorized_time: Timestamp,
}

impl Read for ListConnections {
    const NAME: &'static str = "ListConnections";
    type Output = ListConnectionsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListConnectionsOutput, Failure> {
        if let Some(limit) = self.limit {
            Constraints::new(Service::Events).range("limit", limit, 1..=100).finish()?;
        }
        let most = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE);
        let all = keys::connections(context.scope());
        let start = match &self.next_token {
            Some(token) => cursor(token, context)?,
            None => all.as_bytes().to_vec(),
        };
        let mut connections = Vec::new();
        let mut next_token = None;
        for (key, value) in rows.scan(&start, &all.end(), Direction::Forward, usize::MAX)? {
            if connections.len() == most {
                next_token = Some(URL_SAFE_NO_PAD.encode(context.secrets.seal(Purpose::PageToken, &key)));
                break;
            }
            connections.extend(self.listed(&value)?);
        }
        Ok(ListConnectionsOutput { connections, next_token })
    }
}

impl ListConnections {
    fn listed(&self, value: &Slice) -> Result<Option<ListedConnection>, Failure> {
        let connection: Connection = row::decode(value)?;
        let is_asked = self.name_prefix.as_ref().is_none_or(|prefix| connection.name.starts_with(prefix))
            && self.connection_state.as_ref().is_none_or(|state| state == "AUTHORIZED");
        Ok(is_asked.then(|| ListedConnection {
            connection_arn: connection.arn(),
            connection_state: "AUTHORIZED",
            creation_time: timestamp(connection.created_ms),
            last_modified_time: timestamp(connection.modified_ms),
            last_authorized_time: timestamp(connection.modified_ms),
            name: connection.name,
            authorization_type: connection.kind,
        }))
    }
}

/// The key at which a page begins; only ours are taken.
fn cursor(token: &str, context: &Context) -> Result<Vec<u8>, ApiError> {
    let begin = keys::connections(context.scope());
    let read = || {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let key = context.secrets.open(Purpose::PageToken, &sealed)?.to_vec();
        key.starts_with(begin.as_bytes()).then_some(key)
    };
    read().ok_or_else(|| ApiError::validation("The token provided is invalid."))
}
