//! Which pictures a view means: [`Session::choose`].

use super::{ExploreError, Session, Why};
use crate::explore::view_state::{Indices, Kind, ViewState};
use crate::model::{Dataset, Role};
use crate::view::{self, AxisSpec, LoadError, PlotKind, PlotSpec};

impl Session {
    /// Which pictures a view means.
    pub(super) fn choose(&self, view: &ViewState) -> Result<(Vec<PlotSpec>, ViewState), ExploreError> {
        let mut view = view.clone();
        // As much of it as pictures are chosen by.
        let mut outline = Dataset {
            variables: self.outline.variables.clone(),
            feature_type: self.outline.feature_type.clone(),
            extent: self.outline.extent.clone(),
            ..Dataset::default()
        };
        for name in &view.variables {
            let Some(array) = self.hierarchy.arrays.get(name) else {
                return Err(LoadError::NoVariable { name: name.clone() }.into());
            };
            if let Some(error) = &array.unsupported {
                return Err(error.clone().into());
            }
        }
        if !view.variables.is_empty() {
            // Only what was asked for counts as a measurement; coordinates stay what they are for it.
            for variable in &mut outline.variables {
                if view.variables.contains(&variable.name) {
                    variable.role = Role::Data;
                    variable.axis = None;
                    variable.flags.clear();
                } else if variable.role == Role::Data {
                    variable.role = Role::Bounds;
                }
            }
        }
        let chosen = view::choose(&outline);
        let wanted = |kind: PlotKind| match view.kind {
            Kind::Auto => kind != PlotKind::Histogram,
            Kind::Line => kind == PlotKind::Series,
            Kind::Profile => kind == PlotKind::Profile,
            Kind::Curtain => kind == PlotKind::Curtain,
            Kind::Track => kind == PlotKind::Track,
            Kind::Map => kind == PlotKind::Grid,
            Kind::Histogram => kind == PlotKind::Histogram,
            Kind::Scatter => kind == PlotKind::Series,
        };
        // A cut through a field is a profile or a line.
        let cut = |spec: &PlotSpec| {
            let (x, y) = (spec.x.clone()?, spec.y.clone()?);
            let (kind, x, y, across) = match view.kind {
                Kind::Profile if spec.kind == PlotKind::Curtain => (PlotKind::Profile, None, Some(y), x),
                Kind::Line if spec.kind == PlotKind::Curtain => (PlotKind::Series, Some(x), None, y),
                _ => return None,
            };
            let mut fixed = spec.fixed.clone();
            fixed.push((across.dimension, 0));
            Some(PlotSpec { kind, x, y, fixed, ..spec.clone() })
        };
        let cuts: Vec<PlotSpec> = chosen.iter().filter_map(cut).collect();
        let mut specs: Vec<PlotSpec> = chosen.into_iter().filter(|spec| wanted(spec.kind)).collect();
        if specs.is_empty() {
            specs = cuts;
        }
        if view.variables.is_empty() {
            specs.truncate(1);
            view.variables = specs.first().map(|spec| spec.variables.clone()).unwrap_or_default();
        } else {
            specs.retain(|spec| spec.variables.iter().any(|name| view.variables.contains(name)));
            // All of them in one picture of lines, not only those that a default picture would hold.
            for spec in &mut specs {
                if matches!(spec.kind, PlotKind::Series | PlotKind::Profile) {
                    spec.variables = view.variables.clone();
                }
            }
        }
        if specs.is_empty() {
            specs = view.variables.iter().take(4).map(|name| self.plain(name, &view)).collect();
        }
        let mut fixed = Vec::new();
        for spec in &mut specs {
            for (dimension, at) in &mut spec.fixed {
                if let Some(Indices::At(index)) = view.indices.get(dimension) {
                    let length = self.outline.dimensions.get(dimension).copied().unwrap_or(1);
                    *at = (*index).min(length.saturating_sub(1));
                }
                fixed.push((dimension.clone(), Indices::At(*at)));
            }
        }
        // Link, code and files speak of exactly what is drawn: one index where a slider stands, all along an axis.
        view.indices.retain(|_, indices| matches!(indices, Indices::Range(..)));
        view.indices.extend(fixed);
        if specs.is_empty() {
            return Err(ExploreError::new(
                Why::Unsupported,
                "Nothing in this dataset can be drawn as it is. Choose a variable.",
            ));
        }
        Ok((specs, view))
    }

    /// A picture for any array: a line over the only dimension that is left, else how often which value occurs.
    fn plain(&self, name: &str, view: &ViewState) -> PlotSpec {
        let dimensions =
            self.hierarchy.arrays.get(name).map(crate::zarr::Array::dimensions).unwrap_or_default();
        let (fixed, dimensions): (Vec<String>, Vec<String>) = dimensions
            .into_iter()
            .partition(|dimension| matches!(view.indices.get(dimension), Some(Indices::At(_))));
        let line = dimensions.len() == 1 && view.kind != Kind::Histogram;
        // Over its own coordinate where that holds numbers, else counted.
        let counts = |name: &String| {
            let numbers = ["float", "int", "uint", "datetime64"];
            let known = self.outline.variables.iter().find(|variable| variable.name == *name);
            known.is_some_and(|variable| {
                variable.dimensions == [name.clone()]
                    && numbers.iter().any(|kind| variable.dtype.starts_with(kind))
            })
        };
        let own = dimensions.first().filter(|dimension| *dimension != name && counts(dimension)).cloned();
        PlotSpec {
            kind: if line { PlotKind::Series } else { PlotKind::Histogram },
            variables: vec![name.to_owned()],
            x: line.then(|| AxisSpec { dimension: dimensions[0].clone(), variable: own }),
            y: None,
            fixed: if line {
                fixed.into_iter().map(|dimension| (dimension, 0)).collect()
            } else {
                Vec::new()
            },
            connected: true,
        }
    }
}
