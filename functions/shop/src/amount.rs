//! Amounts of money, with exactly the decimals that Medusa gives.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Most decimals of an amount. JavaScript's numbers, with which Medusa calculates, have fewer.
const MAX_DECIMALS: u32 = 30;

/// An amount in major units: `units` divided by ten to the power of `decimals`.
///
/// A binary fraction would turn 0.1 + 0.2 into 0.30000000000000004.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    units: i128,
    decimals: u32,
}

impl Amount {
    /// Reads a number as JSON has it: `82.5`, `-3`, `1e-7`.
    fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let units = format!("{whole}{fraction}").parse().ok()?;
        let shift = exponent.parse::<i32>().ok()?;
        let decimals = i32::try_from(fraction.len()).ok()?.checked_sub(shift)?;
        let amount = match u32::try_from(decimals) {
            Ok(decimals) => Self { units, decimals },
            Err(_) => Self {
                units: 10_i128.checked_pow(decimals.unsigned_abs())?.checked_mul(units)?,
                decimals: 0,
            },
        };
        (amount.decimals <= MAX_DECIMALS).then_some(amount)
    }

    /// The units of this amount with so many decimals.
    fn units_at(self, decimals: u32) -> Option<i128> {
        10_i128.checked_pow(decimals.checked_sub(self.decimals)?)?.checked_mul(self.units)
    }

    /// The sum; `None` if it is too large.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        let units = self.units_at(decimals)?.checked_add(other.units_at(decimals)?)?;
        Some(Self { units, decimals })
    }

    /// Whether this amount is smaller.
    pub(crate) fn is_below(self, other: Self) -> bool {
        let decimals = self.decimals.max(other.decimals);
        self.units_at(decimals) < other.units_at(decimals)
    }

    /// The number in JSON, without zeros at its end.
    fn text(self) -> String {
        let digits = format!("{:0>1$}", self.units.unsigned_abs(), self.decimals as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.decimals as usize);
        let fraction = fraction.trim_end_matches('0');
        let (sign, point) =
            (if self.units < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
        format!("{sign}{whole}{point}{fraction}")
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get()).ok_or_else(|| D::Error::custom("no amount"))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.text()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl utoipa::PartialSchema for Amount {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        f64::schema()
    }
}

impl utoipa::ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        f64::name()
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    fn amount(text: &str) -> Amount {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn json(amount: Amount) -> String {
        serde_json::to_string(&amount).expect("JSON")
    }

    #[test]
    fn decimals_are_kept_exactly() {
        for (given, shown) in [
            ("0", "0"),
            ("82.5", "82.5"),
            ("-3.05", "-3.05"),
            ("-0.5", "-0.5"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("9007199254740993", "9007199254740993"),
            ("82.50", "82.5"),
            ("1e-7", "0.0000001"),
            ("1.5e+21", "1500000000000000000000"),
            ("10.00", "10"),
        ] {
            assert_eq!(json(amount(given)), shown, "{given}");
        }
        for bad in ["\"82.5\"", "null", "1e99", "1e-99", "{}", "[]", "true"] {
            assert!(serde_json::from_str::<Amount>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sums_are_exact() {
        let sum = ["0.2", "1000", "-0.05"]
            .into_iter()
            .try_fold(amount("0.1"), |sum, text| sum.plus(amount(text)));
        assert_eq!(json(sum.expect("a sum")), "1000.25");
        let most = amount("170141183460469231731687303715884105727");
        assert!(most.plus(amount("1")).is_none(), "too large");
        assert!(amount("9.99").is_below(amount("10")) && !amount("1.5").is_below(amount("1.50")));
    }
}
