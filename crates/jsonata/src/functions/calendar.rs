//! Days, weeks and months, without time zones: everything is milliseconds since 1970.

pub(super) const DAY_MS: i64 = 86_400_000;

pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub ms: i64,
    pub year: i64,
    /// From 0.
    pub month: i64,
    /// From 1.
    pub day: i64,
}

impl Moment {
    pub(super) fn new(ms: i64) -> Moment {
        let (year, month, day) = civil(ms.div_euclid(DAY_MS));
        Moment { ms, year, month, day }
    }

    fn in_day(&self) -> i64 {
        self.ms.rem_euclid(DAY_MS)
    }

    pub(super) fn hour(&self) -> i64 {
        self.in_day() / 3_600_000
    }

    /// The value of a component of a picture; `None` for those that are no number.
    pub(super) fn component(&self, component: char) -> Option<i64> {
        Some(match component {
            'Y' => self.year,
            'M' => self.month + 1,
            'D' => self.day,
            'd' => (self.ms.div_euclid(DAY_MS)) - days(self.year, 0, 1) + 1,
            'F' => weekday(self.ms.div_euclid(DAY_MS)),
            'W' => self.week(
                |month| month.year_start(),
                |start| start.shifted(12),
                |start| start.shifted(-12),
                52,
            ),
            'w' => self.week(|month| month, |start| start.shifted(1), |start| start.shifted(-1), 4),
            'X' => self.numbering(self.own_month().year_start(), 12).0,
            'x' => self.numbering(self.own_month(), 1).1 + 1,
            'H' => self.hour(),
            'h' => (self.hour() + 11) % 12 + 1,
            'm' => self.in_day() / 60_000 % 60,
            's' => self.in_day() / 1000 % 60,
            'f' => self.in_day() % 1000,
            _ => return None,
        })
    }

    fn own_month(&self) -> Month {
        Month { year: self.year, month: self.month }
    }

    /// The number of the week, by the rule that a first week has most of its days in its year or month.
    fn week(
        &self,
        unit: impl Fn(Month) -> Month,
        next: impl Fn(Month) -> Month,
        previous: impl Fn(Month) -> Month,
        usual: i64,
    ) -> i64 {
        let start = unit(self.own_month());
        let today = self.ms.div_euclid(DAY_MS);
        let weeks_since = |first: i64| (today - first).div_euclid(7) + 1;
        let week = weeks_since(start.first_week());
        if week > usual && today >= next(start).first_week() {
            return 1;
        }
        if week < 1 {
            return weeks_since(previous(start).first_week());
        }
        week
    }

    /// The year and month that the week is counted in, when units have so many months.
    fn numbering(&self, start: Month, months: i64) -> (i64, i64) {
        let today = self.ms.div_euclid(DAY_MS);
        let unit = if today < start.first_week() {
            start.shifted(-months)
        } else if today >= start.shifted(months).first_week() {
            start.shifted(months)
        } else {
            start
        };
        (unit.year, unit.month)
    }
}

#[derive(Debug, Clone, Copy)]
struct Month {
    year: i64,
    month: i64,
}

impl Month {
    fn year_start(self) -> Month {
        Month { month: 0, ..self }
    }

    fn shifted(self, months: i64) -> Month {
        let total = self.year * 12 + self.month + months;
        Month { year: total.div_euclid(12), month: total.rem_euclid(12) }
    }

    /// The Monday of its first week.
    fn first_week(self) -> i64 {
        let first = days(self.year, self.month, 1);
        let weekday = weekday(first);
        if weekday > 4 { first + 8 - weekday } else { first - (weekday - 1) }
    }
}

/// From 1 for Monday to 7.
fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7) + 1
}

/// The days from 1970 to a date. The month counts from 0 and may lie outside of the year.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let total = year * 12 + month;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    // Years begin in March, so that the leap day is the last of them.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 + day - 1
}

/// Year, month from 0, and day from 1.
pub(super) fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 2 } else { month - 10 };
    (year + era * 400 + i64::from(month <= 1), month, day)
}
