//! What the pinlist and the configuration add to a record: DOI, year, versions, embargo, withdrawal.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pinfold_core::cid::Cid;
use pinfold_core::finding::{Finding, Severity};
use pinfold_core::model::{Dataset, DoiRef, PublicationYear, Withdrawn};

use crate::content::Content;
use crate::gather::history::Histories;
use crate::pinlist::Pinlist;

/// The tag of pins that hold auxiliary datasets.
pub(super) const AUXILIARY_TAG: &str = "aux";

/// What every record needs.
pub(super) struct Completion<'a> {
    pub(super) list: &'a Pinlist,
    pub(super) content: &'a Content,
    pub(super) histories: &'a Histories,
    pub(super) build_time: Timestamp,
}

impl Completion<'_> {
    /// The day of the build, UTC.
    fn today(&self) -> Date {
        self.build_time.to_zoned(TimeZone::UTC).date()
    }

    /// Fills in what depends on the pinlist, the configuration and the build time.
    pub(super) fn complete(&self, cid: Cid, dataset: &mut Dataset) {
        dataset.pins = self.histories.pins(self.list, cid);
        dataset.series = crate::gather::uuid(self.histories.first(cid));
        dataset.versions = self.histories.versions(self.list, cid);
        let pins: Vec<_> = self.histories.pins_of(self.list, cid).collect();
        dataset.auxiliary =
            !pins.is_empty() && pins.iter().all(|(_, pin)| pin.tags.iter().any(|tag| tag == AUXILIARY_TAG));
        dataset.withdrawn = self.withdrawn(cid);
        dataset.embargo = self.embargo(cid).map(|date| date.to_string());
        self.doi(cid, dataset);
        self.year(cid, dataset);
    }

    /// A dataset is withdrawn when a withdrawn pin holds it and no other current pin does.
    fn withdrawn(&self, cid: Cid) -> Option<Withdrawn> {
        let in_force = |(pin, it): &(usize, &crate::pinlist::Pin)| {
            self.histories.is_head(*pin) && it.withdrawn.is_none()
        };
        if self.histories.pins_of(self.list, cid).any(|place| in_force(&place)) {
            return None;
        }
        let pin = self.histories.pins_of(self.list, cid).find(|(_, pin)| pin.withdrawn.is_some())?.1;
        Some(Withdrawn { date: pin.withdrawn?.to_string(), reason: pin.reason.clone() })
    }

    /// The day on which the first of the pins that hold the dataset becomes public, while that is to come.
    fn embargo(&self, cid: Cid) -> Option<Date> {
        let days: Option<Vec<Date>> =
            self.histories.pins_of(self.list, cid).map(|(_, pin)| pin.embargo).collect();
        days?.into_iter().min().filter(|day| *day > self.today())
    }

    fn doi(&self, cid: Cid, dataset: &mut Dataset) {
        let registered = self.content.dois.get(cid);
        let planned = self.content.site.doi.prefix.as_ref();
        dataset.doi = match (registered, planned) {
            (Some(doi), _) => Some(DoiRef { id: doi.doi.clone(), state: "registered".to_owned() }),
            (None, Some(prefix)) => {
                Some(DoiRef { id: format!("{prefix}/{}", dataset.cid), state: "planned".to_owned() })
            }
            (None, None) => None,
        };
    }

    /// dois.yaml, then the attributes, then the oldest pin, then the build's year with a finding.
    fn year(&self, cid: Cid, dataset: &mut Dataset) {
        let year_of = |text: &str| text.get(..4).and_then(|year| year.parse::<i32>().ok());
        let from_dois = self.content.dois.get(cid).and_then(|doi| doi.published);
        let from_attributes = || {
            ["date_issued", "date_published"].into_iter().find_map(|name| {
                let value = dataset.attributes.get(name).and_then(|value| value.as_str());
                let value =
                    value.or_else(|| (name == "date_issued").then_some(dataset.dates.issued.as_deref())?);
                Some((year_of(value?)?, name))
            })
        };
        let from_pins = || {
            let dates = self.histories.pins_of(self.list, cid).filter_map(|(_, pin)| pin.created.as_deref());
            dates.min().and_then(year_of)
        };
        let (year, from) = if let Some(year) = from_dois {
            (year, "dois.yaml")
        } else if let Some(found) = from_attributes() {
            found
        } else if let Some(year) = from_pins() {
            (year, "meta.created")
        } else {
            let year = i32::from(self.today().year());
            dataset.findings.push(
                Finding::new(
                    Severity::Warning,
                    "year-assumed",
                    format!(
                        "the year of publication is not known; {year}, the year of the build, is assumed"
                    ),
                )
                .hint("give the attribute `date_issued`, or `meta.created` of the pin"),
            );
            (year, "assumed")
        };
        dataset.publication_year = Some(PublicationYear { year, from: from.to_owned() });
    }
}
