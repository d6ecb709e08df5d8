//! What a connection authenticates with, as it is given, kept and shown.
//!
//! It is shown without its secrets: passwords, values of keys, and what is marked as one.

use super::errors;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_wire::{ApiError, Constraints, Service};

/// The types of authorization, in the order in which AWS lists them.
const KINDS: [&str; 3] = ["BASIC", "OAUTH_CLIENT_CREDENTIALS", "API_KEY"];

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthParameters {
    pub basic_auth_parameters: Option<BasicAuthParameters>,
    pub api_key_auth_parameters: Option<ApiKeyAuthParameters>,
    #[serde(rename = "OAuthParameters")]
    pub oauth_parameters: Option<OAuthParameters>,
    pub invocation_http_parameters: Option<HttpParameters>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BasicAuthParameters {
    pub username: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub password: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApiKeyAuthParameters {
    pub api_key_name: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub api_key_value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OAuthParameters {
    pub client_parameters: ClientParameters,
    pub authorization_endpoint: String,
    pub http_method: String,
    #[serde(rename = "OAuthHttpParameters")]
    pub oauth_http_parameters: Option<HttpParameters>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientParameters {
    #[serde(rename = "ClientID")]
    pub client_id: String,
    #[serde(rename = "ClientSecret", skip_serializing_if = "String::is_empty", default)]
    pub client_secret: String,
}

/// What is added to every request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpParameters {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header_parameters: Vec<HttpParameter>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query_string_parameters: Vec<HttpParameter>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_parameters: Vec<HttpParameter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpParameter {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default)]
    pub is_value_secret: bool,
}

impl AuthParameters {
    /// Reads what a caller gave for this type of authorization.
    ///
    /// # Errors
    /// `ValidationException`, `SerializationException`.
    pub fn read(kind: &str, given: Value) -> Result<Self, ApiError> {
        Constraints::new(Service::Events).one_of("authorizationType", kind, &KINDS).finish()?;
        let parameters: Self =
            serde_json::from_value(given).map_err(|error| ApiError::serialization(error.to_string()))?;
        let is_there = match kind {
            "BASIC" => parameters.basic_auth_parameters.is_some(),
            "API_KEY" => parameters.api_key_auth_parameters.is_some(),
            _ => parameters.oauth_parameters.is_some(),
        };
        if !is_there {
            return Err(errors::parameters_missing(kind));
        }
        if let Some(oauth) = &parameters.oauth_parameters {
            let methods = ["GET", "POST", "PUT"];
            let path = "authParameters.oAuthParameters.httpMethod";
            Constraints::new(Service::Events).one_of(path, &oauth.http_method, &methods).finish()?;
        }
        Ok(parameters.only(kind))
    }

    /// Those of other types are dropped.
    fn only(self, kind: &str) -> Self {
        Self {
            basic_auth_parameters: self.basic_auth_parameters.filter(|_| kind == "BASIC"),
            api_key_auth_parameters: self.api_key_auth_parameters.filter(|_| kind == "API_KEY"),
            oauth_parameters: self.oauth_parameters.filter(|_| kind == "OAUTH_CLIENT_CREDENTIALS"),
            invocation_http_parameters: self.invocation_http_parameters,
        }
    }

    /// Without what is secret.
    #[must_use]
    pub fn shown(mut self) -> Self {
        if let Some(basic) = &mut self.basic_auth_parameters {
            basic.password.clear();
        }
        if let Some(key) = &mut self.api_key_auth_parameters {
            key.api_key_value.clear();
        }
        if let Some(oauth) = &mut self.oauth_parameters {
            oauth.client_parameters.client_secret.clear();
            oauth.oauth_http_parameters = oauth.oauth_http_parameters.take().map(HttpParameters::shown);
        }
        self.invocation_http_parameters = self.invocation_http_parameters.map(HttpParameters::shown);
        self
    }
}

impl HttpParameters {
    fn shown(mut self) -> Self {
        let all = self
            .header_parameters
            .iter_mut()
            .chain(&mut self.query_string_parameters)
            .chain(&mut self.body_parameters);
        for parameter in all.filter(|parameter| parameter.is_value_secret) {
            parameter.value = None;
        }
        self
    }
}
