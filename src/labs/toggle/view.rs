//! What the parts of the shop show: the gateway its page, the bank its charges.

use crate::sim::{Field, Panel, Value};

use super::feature::{ALL, Feature};
use super::mechanism::Health;
use super::shop::{BANK, GATEWAY, Gateway, Shop};

pub fn health(health: Health) -> &'static str {
    match health {
        Health::Well => "well",
        Health::Sick { .. } => "off",
        Health::Trying { .. } => "being tried",
    }
}

impl Gateway {
    /// Whether users have the feature in full now.
    pub fn is_on(&self, feature: Feature) -> bool {
        match &self.printed {
            Some(printed) => printed.is_enabled(feature.name()),
            None => self.toggles[feature.place()].is_on(),
        }
    }

    /// How many toggles there are.
    pub fn toggle_count(&self) -> usize {
        self.printed.as_ref().map_or(self.toggles.len(), |printed| printed.toggles.len())
    }

    /// Why a feature is as it is, in a clause.
    fn why(&self, feature: Feature) -> Value {
        let place = feature.place();
        if self.printed.is_some() {
            return Value::Word(if self.is_on(feature) { "enabled" } else { "disabled" });
        }
        let toggle = &self.toggles[place];
        match (toggle.wanted, toggle.dimmed, toggle.health, self.causes[place]) {
            (false, _, _, _) => "the operator's off".into(),
            (true, true, _, _) => "no room for it".into(),
            (true, false, Health::Well, _) => "on".into(),
            (true, false, Health::Trying { .. }, _) => "being tried".into(),
            (true, false, Health::Sick { .. }, None) => "off".into(),
            (true, false, Health::Sick { .. }, Some(cause)) => {
                Value::Text(format!("off: {}", cause.word()))
            }
        }
    }
}

pub fn fields(shop: &Shop) -> Vec<Field> {
    if shop.me == BANK {
        return vec![
            Field::new("charges", shop.bank.charges),
            Field::notable("charged twice", shop.bank.again),
        ];
    }
    if shop.me != GATEWAY {
        return Vec::new();
    }
    let word = |feature| if shop.gateway.is_on(feature) { "full" } else { "simple" };
    ALL.into_iter().map(|feature| Field::notable(feature.name(), word(feature))).collect()
}

pub fn panels(shop: &Shop) -> Vec<Panel> {
    if shop.me != GATEWAY {
        return Vec::new();
    }
    let row = |feature: Feature| {
        let on = shop.gateway.is_on(feature);
        let ((full, simple), (whole, less)) = (feature.worth(), feature.looks());
        vec![
            feature.name().into(),
            if on { whole } else { less }.into(),
            shop.gateway.why(feature),
            Value::Text(format!("{} of {full}", if on { full } else { simple })),
        ]
    };
    vec![Panel::Table {
        title: "The page",
        columns: vec!["feature", "users see", "because", "worth"],
        rows: ALL.into_iter().map(row).collect(),
    }]
}
