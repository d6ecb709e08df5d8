//! The request of an HTTP task: what the state says, over which goes what the connection says.

use super::form;
use super::parameters::Parameters;
use crate::calls::{AuthParameters, HttpParameter, HttpParameters, OAuthParameters};
use crate::fetch::{Authorization, FetchRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";
const JSON: &str = "application/json";

/// The whole request.
pub fn request(given: &Parameters, connection: &AuthParameters, region: &str) -> FetchRequest {
    let added = connection.invocation_http_parameters.clone().unwrap_or_default();
    let mut query = given.query.clone();
    query.extend(texts(&added.query_string_parameters));
    let body = with_body_parameters(given.body.clone(), &added.body_parameters);
    let (content_type, body) = match (&body, given.form) {
        (Some(body), Some(format)) => (FORM, form::encoded(body, format)),
        (Some(Value::String(text)), None) => (JSON, text.clone()),
        (Some(body), None) => (JSON, body.to_string()),
        (None, _) => (JSON, String::new()),
    };
    let mut headers = vec![
        ("content-type".to_owned(), content_type.to_owned()),
        ("range".to_owned(), "bytes=0-262144".to_owned()),
        ("user-agent".to_owned(), format!("Amazon|StepFunctions|HttpInvoke|{region}")),
    ];
    given.headers.iter().for_each(|(name, value)| put(&mut headers, name, value));
    texts(&added.header_parameters).iter().for_each(|(name, value)| put(&mut headers, name, value));
    let authorization = authorize(connection, &mut headers);
    FetchRequest {
        method: given.method.clone(),
        url: with_query(&given.endpoint, &query),
        headers,
        body,
        authorization,
    }
}

/// A name stands for any of its spellings; what comes later goes before.
fn put(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    let name = name.to_ascii_lowercase();
    headers.retain(|(other, _)| *other != name);
    headers.push((name, value.to_owned()));
}

fn texts(parameters: &[HttpParameter]) -> Vec<(String, String)> {
    let text =
        |parameter: &HttpParameter| (parameter.key.clone(), parameter.value.clone().unwrap_or_default());
    parameters.iter().map(text).collect()
}

/// Body parameters of a connection are members of the body's object.
fn with_body_parameters(body: Option<Value>, parameters: &[HttpParameter]) -> Option<Value> {
    if parameters.is_empty() {
        return body;
    }
    let mut members = match body {
        Some(Value::Object(members)) => members,
        None => Map::new(),
        other => return other,
    };
    members.extend(texts(parameters).into_iter().map(|(name, value)| (name, json!(value))));
    Some(Value::Object(members))
}

fn with_query(url: &str, query: &[(String, String)]) -> String {
    match query.is_empty() {
        true => url.to_owned(),
        false => format!("{url}{}{}", if url.contains('?') { '&' } else { '?' }, form::query(query)),
    }
}

fn authorize(connection: &AuthParameters, headers: &mut Vec<(String, String)>) -> Authorization {
    if let Some(basic) = &connection.basic_auth_parameters {
        let pair = STANDARD.encode(format!("{}:{}", basic.username, basic.password));
        put(headers, "authorization", &format!("Basic {pair}"));
    }
    if let Some(key) = &connection.api_key_auth_parameters {
        put(headers, &key.api_key_name, &key.api_key_value);
    }
    match &connection.oauth_parameters {
        Some(oauth) => Authorization::Bearer { token_request: Box::new(token_request(oauth)) },
        None => Authorization::Complete,
    }
}

/// What an OAuth server is asked for a token with: a form in the body, or in the query of a `GET`.
fn token_request(oauth: &OAuthParameters) -> FetchRequest {
    let added = oauth.oauth_http_parameters.clone().unwrap_or_default();
    let HttpParameters { header_parameters, query_string_parameters, body_parameters } = added;
    let (mut query, mut form) = (texts(&query_string_parameters), texts(&body_parameters));
    let client = &oauth.client_parameters;
    let own = [
        ("grant_type", "client_credentials"),
        ("client_id", client.client_id.as_str()),
        ("client_secret", client.client_secret.as_str()),
    ];
    let is_get = oauth.http_method == "GET";
    let place = if is_get { &mut query } else { &mut form };
    for (name, value) in own {
        if !place.iter().any(|(other, _)| other == name) {
            place.push((name.to_owned(), value.to_owned()));
        }
    }
    let mut headers = vec![("content-type".to_owned(), FORM.to_owned())];
    texts(&header_parameters).iter().for_each(|(name, value)| put(&mut headers, name, value));
    FetchRequest {
        method: oauth.http_method.clone(),
        url: with_query(&oauth.authorization_endpoint, &query),
        headers,
        body: form::query(&form),
        authorization: Authorization::Complete,
    }
}
