//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html>

use super::model::Activity;
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::states::model::timestamp;
use crate::states::{keys, validation};
use serde::{Deserialize, Serialize};
use stepwell_store::{Direction, Slice};
use stepwell_wire::Timestamp;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListActivities {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListActivitiesOutput {
    pub activities: Vec<ActivityListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityListItem {
    pub activity_arn: String,
    pub name: String,
    pub creation_date: Timestamp,
}

impl Read for ListActivities {
    const NAME: &'static str = "ListActivities";
    type Output = ListActivitiesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListActivitiesOutput, Failure> {
        let most = validation::page_size(self.max_results)?;
        let all = keys::activities(context.scope());
        let start = match &self.next_token {
            Some(token) => {
                validation::page_cursor(Self::NAME, token, validation::LONGEST_PAGE_TOKEN, context)?
            }
            None => all.as_bytes().to_vec(),
        };
        let page = rows.scan(&start, &all.end(), Direction::Forward, most + 1)?;
        let next_token = (page.len() > most)
            .then(|| page.get(most - 1))
            .flatten()
            .map(|(last, _)| validation::page_token(Self::NAME, &Key::after(last), context));
        let activities = page.iter().take(most).map(|(_, value)| item(value));
        Ok(ListActivitiesOutput { activities: activities.collect::<Result<_, _>>()?, next_token })
    }
}

fn item(value: &Slice) -> Result<ActivityListItem, Failure> {
    let activity: Activity = row::decode(value)?;
    Ok(ActivityListItem {
        activity_arn: activity.arn(),
        creation_date: timestamp(activity.created_ms),
        name: activity.name,
    })
}
