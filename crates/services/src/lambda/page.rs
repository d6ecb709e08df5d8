//! Pages of Lambda's lists: `MaxItems`, `Marker`, `NextMarker`. A marker is no secret and any text is one: it says where to go on.

use stepwell_wire::constraints::Constraints;

/// Which page is asked for.
#[derive(Debug)]
pub struct Page<'a> {
    marker: Option<&'a str>,
    size: usize,
}

impl<'a> Page<'a> {
    /// Adds what the model demands of a page's size.
    pub fn new(
        marker: Option<&'a str>,
        max_items: Option<i64>,
        default: usize,
        constraints: &mut Constraints,
    ) -> Self {
        if let Some(size) = max_items {
            constraints.range("maxItems", size, 1..=10_000);
        }
        let size = max_items.and_then(|size| usize::try_from(size).ok()).unwrap_or(default);
        Self { marker: marker.filter(|marker| !marker.is_empty()), size: size.clamp(1, 10_000) }
    }

    /// The page of a list that is ordered by `key`, and the marker of the next one: the key that this one ends with.
    pub fn cut<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let is_before = |item: &T| self.marker.is_some_and(|marker| *key(item) <= *marker);
        let mut rest = items.into_iter().skip_while(is_before);
        let items: Vec<_> = rest.by_ref().take(self.size).collect();
        let next = items.last().map(&key).filter(|_| rest.next().is_some());
        (items, next)
    }
}
