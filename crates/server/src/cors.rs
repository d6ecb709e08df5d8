//! What a browser is told when a page of an origin that the operator named calls: that it may.

use stepwell_wire::{Request, Response};

/// The headers of answers that a page may read beside the usual ones.
const EXPOSED: &str = "x-amzn-RequestId, x-amzn-ErrorType, x-amzn-query-error, X-Amz-Function-Error, X-Amz-Log-Result, X-Amz-Executed-Version";
/// Seconds for which a browser may remember the permission.
const REMEMBERED_S: &str = "600";

/// Whether the request only asks for permission (the browser's preflight).
#[must_use]
pub fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS"
        && request.header("origin").is_some()
        && request.header("access-control-request-method").is_some()
}

/// The answer to a preflight that the guard let pass.
#[must_use]
pub fn preflight(request: &Request) -> Response {
    let headers = request.header("access-control-request-headers").unwrap_or_default().to_owned();
    let response = Response::new(204, "")
        .with_header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, PATCH")
        .with_header("Access-Control-Allow-Headers", headers)
        .with_header("Access-Control-Max-Age", REMEMBERED_S);
    permitted(request, response)
}

/// Adds to an answer that the page which asked may read it. The guard has refused foreign origins before.
#[must_use]
pub fn permitted(request: &Request, response: Response) -> Response {
    match request.header("origin") {
        None => response,
        Some(origin) => response
            .with_header("Access-Control-Allow-Origin", origin)
            .with_header("Access-Control-Expose-Headers", EXPOSED)
            .with_header("Vary", "Origin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_is_granted_what_it_asks_for_to_its_origin_alone() {
        let headers = vec![
            ("origin", "https://tools.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization, x-amz-date"),
        ];
        let request = Request { method: "OPTIONS", headers, ..Request::default() };
        assert!(is_preflight(&request));
        let response = preflight(&request);
        assert_eq!(response.status, 204);
        assert_eq!(response.header("access-control-allow-origin"), Some("https://tools.example"));
        assert_eq!(response.header("access-control-allow-headers"), Some("authorization, x-amz-date"));
        assert_eq!(response.header("vary"), Some("Origin"));
    }

    #[test]
    fn who_is_no_page_is_told_nothing() {
        let request = Request { method: "OPTIONS", ..Request::default() };
        assert!(!is_preflight(&request));
        assert!(permitted(&request, Response::new(200, "")).headers.is_empty());
    }
}
