//! Lines, profiles, scatter and histogram.

use pinfold_codec::values::{Moments, moments};

use super::axes::{
    BOTTOM_PX, HEAD_PX, LEFT_PX, RIGHT_PX, TOP_PX, abscissa, axis_runs, grid_lines, heading_runs,
    known_range_words, labelled, nice, range_words, vertical_scale, x_axis, y_axis,
};
use super::classes::{Classes, heading_run};
use super::decimate;
use super::legend::Legend;
use super::scene::{Anchor, Fill, Item, Panel, Rect, Run, Scene, Tone};
use super::text::{heading, number, shown_unit, significant};
use super::{Options, Quantity, QuantityKind, Scale, ScaleKind, nothing};

/// Lines over an abscissa. Quantities of the same unit share a panel; at most five panels.
pub(super) fn series(x: &Quantity, lines: &[Quantity], options: &Options) -> Scene {
    let title = format!(
        "{} over {}",
        lines.iter().map(|line| heading(&line.label(), 60)).collect::<Vec<_>>().join(", "),
        if x.kind == QuantityKind::Time { "time".to_owned() } else { x.label() }
    );
    let mut panels: Vec<Vec<&Quantity>> = Vec::new();
    for line in lines.iter().filter(|line| line.values.iter().any(|value| value.is_finite())) {
        let number = |quantity: &Quantity| quantity.flags.is_empty();
        let shared = panels.iter().position(|panel| {
            panel[0].units == line.units && panel.len() < 5 && number(panel[0]) && number(line)
        });
        match shared {
            Some(at) => panels[at].push(line),
            None if panels.len() < 5 => panels.push(vec![line]),
            None => {}
        }
    }
    let right = options.width - RIGHT_PX;
    let steady = x.kind == QuantityKind::Index || decimate::is_steady(&x.values);
    let Some((x_scale, x_name, x_words)) =
        abscissa(x, options, (LEFT_PX, right), steady).filter(|_| !panels.is_empty())
    else {
        return nothing(title, options);
    };
    let mut scene = Scene::new(options.width, options.height);
    let count = panels.len() as f32;
    let panel_height = (options.height - BOTTOM_PX - TOP_PX * count - 8.0 * (count - 1.0)) / count;
    let x_ticks = labelled(&x_scale, x.shown().1, ((right - LEFT_PX) / 95.0) as usize);
    let mut words = Vec::new();
    for (index, panel) in panels.iter().enumerate() {
        let top = TOP_PX + index as f32 * (panel_height + TOP_PX + 8.0);
        let rect = Rect { x: LEFT_PX, y: top, width: right - LEFT_PX, height: panel_height.max(10.0) };
        let last = index + 1 == panels.len();
        if let Some(classes) = Classes::of(panel[0], panel[0].values.iter().copied()) {
            let legend = classes.legend_px(rect.width);
            let rect = Rect { y: rect.y + legend, height: (rect.height - legend).max(10.0), ..rect };
            let mapper = x_scale.mapper();
            let middles: Vec<f32> = x.values.iter().map(|value| mapper.at(*value)).collect();
            scene.items.push(Item::Rect { rect, fill: Fill::Hatch });
            scene.items.extend(classes.strip(&middles, &panel[0].values, &rect));
            classes.legend(&mut scene, [rect.x, rect.y - legend - 4.0], rect.width);
            scene.text([1.0, top - HEAD_PX], Anchor::Start, Tone::Ink, heading_run(panel[0], 70));
            if last {
                x_axis(&mut scene, &rect, &x_ticks, x_name.clone());
            }
            words.push(classes.words(panel[0]));
            let y = Scale::new(ScaleKind::Linear, 0.0, 1.0, rect.bottom(), rect.y);
            scene.panels.push(Panel { rect, x: x_scale, y, variables: vec![panel[0].name.clone()] });
            continue;
        }
        let window = decimate::window(&x.values, (x_scale.min, x_scale.max));
        let seen: Vec<Moments> = panel
            .iter()
            .map(|line| match options.x_range {
                // Values without a place on the axis count too.
                None => moments(&line.values),
                Some(_) => moments(line.values.get(window.clone()).unwrap_or_default()),
            })
            .collect();
        let (low, high) = options.y_range.filter(|_| panels.len() == 1).unwrap_or_else(|| {
            seen.iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| (all.0.min(one.min), all.1.max(one.max)))
        });
        let (unit, factor) =
            shown_unit(&panel[0].units, low.abs().max(high.abs()), panel[0].kind == QuantityKind::Vertical);
        let legend = Legend::of(panel, &unit, options.width);
        let more = legend.more_px();
        let rect = Rect { y: rect.y + more, height: (rect.height - more).max(10.0), ..rect };
        let kind = if options.log && low > 0.0 { ScaleKind::Log } else { ScaleKind::Linear };
        let wanted = ((rect.height / 38.0) as usize).clamp(2, 8);
        let mut y_scale = Scale::new(kind, low, high, rect.bottom(), rect.y);
        if options.y_range.is_none() || panels.len() > 1 {
            y_scale = nice(y_scale, factor, wanted);
        }
        // The widened range has one step more than was wanted.
        let y_ticks = labelled(&y_scale, factor, wanted + 1);
        grid_lines(&mut scene, &rect, &[], &y_ticks);
        let mut drawn = Vec::new();
        for (order, line) in panel.iter().enumerate() {
            let (x_at, y_at) = (x_scale.mapper(), y_scale.mapper());
            let points = decimate::line(
                &x.values,
                &line.values,
                options.beyond(x_scale.min, x_scale.max),
                (rect.width as usize, options.grain_px),
                [&x_at, &y_at],
                steady,
            );
            // Dense noise is drawn finer, so that its shape shows.
            let dense = points.len() as f32 > rect.width * 1.5 * (1.0 + 2.0 * options.margin);
            if points.len() as f32 <= 150.0 * (1.0 + 2.0 * options.margin) {
                let dots = points.iter().copied().filter(|point| !point[0].is_nan()).collect();
                drawn.push(Item::Dots { points: dots, radius_px: 2.2, tone: Tone::Series(order as u8) });
            }
            let dash = if order == 2 { Some([6.0, 2.0]) } else { None };
            drawn.push(Item::Line {
                points,
                tone: Tone::Series(order as u8),
                width_px: if dense { 1.0 } else { 1.6 },
                dash,
            });
            words.extend(known_range_words(line, seen[order]));
            if options.x_range.is_none() {
                scene.moments.push((line.name.clone(), seen[order]));
            }
        }
        scene.items.push(Item::Clip {
            rect: Rect { x: rect.x, y: rect.y - 2.0, width: rect.width + 2.0, height: rect.height + 4.0 },
            items: vec![Item::Moving(drawn)],
        });
        y_axis(&mut scene, &rect, &y_ticks);
        let name = if last { x_name.clone() } else { Vec::new() };
        if last {
            x_axis(&mut scene, &rect, &x_ticks, name);
        } else {
            scene.stroke([rect.x, rect.bottom()], [rect.right(), rect.bottom()], Tone::Axis, 1.0);
        }
        let head = [1.0, top - HEAD_PX];
        if panel.len() == 1 {
            scene.text(head, Anchor::Start, Tone::Ink, heading_runs(panel[0], &unit, 70));
        } else {
            legend.draw(&mut scene, head[1]);
        }
        scene.panels.push(Panel {
            rect,
            x: x_scale,
            y: y_scale,
            variables: panel.iter().map(|line| line.name.clone()).collect(),
        });
    }
    scene.description = format!("Line plot, {x_words}: {}.", words.join("; "));
    scene.title = title;
    scene
}
/// Panels side by side with one vertical axis.
#[inline(never)]
pub(super) fn profile(vertical: &Quantity, lines: &[Quantity], options: &Options) -> Scene {
    let title = format!("Profile of {}", lines.iter().map(Quantity::label).collect::<Vec<_>>().join(", "));
    let lines: Vec<&Quantity> =
        lines.iter().filter(|line| decimate::range(&line.values).is_some()).take(4).collect();
    let count = lines.len() as f32;
    let height = options.height - TOP_PX - BOTTOM_PX;
    let whole = Rect { x: LEFT_PX, y: TOP_PX, width: options.width - LEFT_PX - RIGHT_PX, height };
    let Some((y_scale, y_unit, y_factor)) =
        vertical_scale(vertical, options, &whole).filter(|_| !lines.is_empty())
    else {
        return nothing(title, options);
    };
    let wanted = ((height / 42.0) as usize).clamp(2, 8);
    let y_scale = if options.y_range.is_none() { nice(y_scale, y_factor, wanted) } else { y_scale };
    let y_ticks = labelled(&y_scale, y_factor, wanted + 1);
    let mut scene = Scene::new(options.width, options.height);
    let gap = 34.0;
    let width = (whole.width - gap * (count - 1.0)) / count;
    let mut words = Vec::new();
    let steady = decimate::is_steady(&vertical.values);
    for (index, line) in lines.iter().enumerate() {
        let rect = Rect { x: LEFT_PX + index as f32 * (width + gap), y: TOP_PX, width, height };
        let Some((low, high)) = decimate::range(&line.values) else { continue };
        let (unit, factor) = line.shown();
        let kind = if options.log && low > 0.0 { ScaleKind::Log } else { ScaleKind::Linear };
        let wanted_x = ((width / 62.0) as usize).clamp(2, 8);
        let x_scale = nice(Scale::new(kind, low, high, rect.x, rect.right()), factor, wanted_x);
        let x_ticks = labelled(&x_scale, factor, wanted_x + 1);
        grid_lines(&mut scene, &rect, &x_ticks, &y_ticks);
        // Decimated along the vertical: the roles of the axes are exchanged and exchanged back.
        let (x_at, y_at) = (x_scale.mapper(), y_scale.mapper());
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let points = decimate::line(
            &vertical.values,
            &line.values,
            all,
            (height as usize, options.grain_px),
            [&y_at, &x_at],
            steady,
        );
        let points: Vec<[f32; 2]> = points.into_iter().map(|[y, x]| [x, y]).collect();
        scene.items.push(Item::Clip {
            rect: Rect {
                x: rect.x - 2.0,
                y: rect.y - 2.0,
                width: rect.width + 4.0,
                height: rect.height + 4.0,
            },
            items: vec![Item::Line { points, tone: Tone::Series(0), width_px: 1.6, dash: None }],
        });
        if index == 0 {
            y_axis(&mut scene, &rect, &y_ticks);
        } else {
            scene.stroke([rect.x, rect.y], [rect.x, rect.bottom()], Tone::Axis, 1.0);
        }
        let name = if index + 1 == lines.len() {
            axis_runs(vertical, &y_unit, 60)
                .into_iter()
                .enumerate()
                .map(|(at, mut run)| {
                    if at == 0 {
                        run.text = format!("vertical: {}", run.text);
                    }
                    run
                })
                .collect()
        } else {
            Vec::new()
        };
        x_axis(&mut scene, &rect, &x_ticks, name);
        // Room for the unit stays free.
        let limit = ((width - 62.0) / 8.2).max(6.0) as usize;
        let start = if index == 0 { 1.0 } else { rect.x };
        scene.text([start, TOP_PX - HEAD_PX], Anchor::Start, Tone::Ink, heading_runs(line, &unit, limit));
        words.extend(range_words(line, &line.values));
        scene.panels.push(Panel { rect, x: x_scale, y: y_scale, variables: vec![line.name.clone()] });
    }
    let levels = range_words(vertical, &vertical.values).unwrap_or_default();
    scene.description = format!("Profile, {levels}: {}.", words.join("; "));
    scene.title = title;
    scene
}

/// One quantity against another. Points that fall into the same pixel are drawn once.
#[inline(never)]
pub(super) fn scatter(x: &Quantity, y: &Quantity, options: &Options) -> Scene {
    let title = format!("{} against {}", heading(&y.label(), 60), x.label());
    let rect = Rect {
        x: LEFT_PX,
        y: TOP_PX,
        width: options.width - LEFT_PX - RIGHT_PX,
        height: options.height - TOP_PX - BOTTOM_PX,
    };
    let ranges = options
        .x_range
        .or_else(|| decimate::range(&x.values))
        .zip(options.y_range.or_else(|| decimate::range(&y.values)));
    let Some(((x_low, x_high), (y_low, y_high))) = ranges else { return nothing(title, options) };
    let ((x_unit, x_factor), (y_unit, y_factor)) = (x.shown(), y.shown());
    let kind = if options.log && y_low > 0.0 { ScaleKind::Log } else { ScaleKind::Linear };
    let (x_wanted, y_wanted) = ((rect.width / 80.0) as usize, (rect.height / 40.0) as usize);
    let x_scale =
        nice(Scale::new(ScaleKind::Linear, x_low, x_high, rect.x, rect.right()), x_factor, x_wanted);
    let y_scale = nice(Scale::new(kind, y_low, y_high, rect.bottom(), rect.y), y_factor, y_wanted);
    let mut scene = Scene::new(options.width, options.height);
    let (x_ticks, y_ticks) =
        (labelled(&x_scale, x_factor, x_wanted + 1), labelled(&y_scale, y_factor, y_wanted + 1));
    grid_lines(&mut scene, &rect, &x_ticks, &y_ticks);
    // One bit for every pixel of two by two.
    let (columns, rows) = ((rect.width / 2.0).max(1.0) as usize, (rect.height / 2.0).max(1.0) as usize);
    let mut taken = vec![false; columns * rows];
    let mut points = Vec::new();
    for (a, b) in x.values.iter().zip(&y.values) {
        let point = [x_scale.at(*a), y_scale.at(*b)];
        let (column, row) = ((point[0] - rect.x) / 2.0, (point[1] - rect.y) / 2.0);
        if column >= 0.0 && row >= 0.0 && column <= columns as f32 && row <= rows as f32 {
            let at = (row as usize).min(rows - 1) * columns + (column as usize).min(columns - 1);
            if !std::mem::replace(&mut taken[at], true) {
                points.push(point);
            }
        }
    }
    scene.items.push(Item::Dots { points, radius_px: 1.5, tone: Tone::Series(0) });
    y_axis(&mut scene, &rect, &y_ticks);
    x_axis(&mut scene, &rect, &x_ticks, axis_runs(x, &x_unit, 60));
    scene.text([1.0, TOP_PX - HEAD_PX], Anchor::Start, Tone::Ink, heading_runs(y, &y_unit, 70));
    let words: Vec<String> = [x, y].into_iter().filter_map(|q| range_words(q, &q.values)).collect();
    scene.description = format!("Scatter plot: {}.", words.join("; "));
    scene.title = title;
    scene.panels.push(Panel {
        rect,
        x: x_scale,
        y: y_scale,
        variables: vec![x.name.clone(), y.name.clone()],
    });
    scene
}

/// How often which values occur, in about 40 classes of round width.
#[inline(never)]
pub(super) fn histogram(quantity: &Quantity, options: &Options) -> Scene {
    let title = format!("Distribution of {}", quantity.label());
    let rect = Rect {
        x: LEFT_PX,
        y: TOP_PX,
        width: options.width - LEFT_PX - RIGHT_PX,
        height: options.height - TOP_PX - BOTTOM_PX,
    };
    let Some((low, high)) = options.x_range.or_else(|| decimate::range(&quantity.values)) else {
        return nothing(title, options);
    };
    let (unit, factor) = quantity.shown();
    let scale = Scale::new(ScaleKind::Linear, low * factor, high * factor, rect.x, rect.right());
    let step = super::nice_step(scale.max - scale.min, 40);
    let first = (scale.min / step + 1e-9).floor();
    let classes = (((scale.max / step - 1e-9).ceil() - first).max(1.0) as usize).min(400);
    let scale = Scale { min: first * step, max: (first + classes as f64) * step, ..scale };
    let mut counts = vec![0u64; classes];
    let (mut sum, mut total) = (0.0, 0u64);
    for value in quantity.values.iter().filter(|value| value.is_finite()) {
        let at = (value * factor / step - first).floor();
        if at >= -0.5 && at <= classes as f64 + 0.5 {
            counts[(at.max(0.0) as usize).min(classes - 1)] += 1;
            sum += value * factor;
            total += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return nothing(title, options);
    }
    let wanted = (rect.height / 50.0) as usize;
    let y_scale = Scale::new(ScaleKind::Linear, 0.0, most as f64, rect.bottom(), rect.y).nice(wanted);
    let mut scene = Scene::new(options.width, options.height);
    let y_ticks = labelled(&y_scale, 1.0, wanted);
    let x_ticks = labelled(&scale, 1.0, (rect.width / 80.0) as usize);
    grid_lines(&mut scene, &rect, &[], &y_ticks);
    for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let from = scale.at((first + index as f64) * step);
        let to = scale.at((first + index as f64 + 1.0) * step);
        let top = y_scale.at(*count as f64);
        let bar =
            Rect { x: from + 0.5, y: top, width: (to - from - 1.0).max(0.5), height: rect.bottom() - top };
        scene.items.push(Item::Rect { rect: bar, fill: Fill::Tone(Tone::Series(0)) });
    }
    y_axis(&mut scene, &rect, &y_ticks);
    x_axis(&mut scene, &rect, &x_ticks, axis_runs(quantity, &unit, 60));
    let mean = sum / total as f64;
    let px = scale.at(mean);
    scene.stroke([px, rect.y - 4.0], [px, rect.bottom()], Tone::Ink2, 1.0);
    let anchor = if px > rect.right() - 80.0 { Anchor::End } else { Anchor::Start };
    let shift = if anchor == Anchor::End { -5.0 } else { 5.0 };
    let text = scene.text(
        [px + shift, rect.y + 6.0],
        anchor,
        Tone::Ink2,
        vec![Run::plain(format!("mean {}", significant(mean, 3)))],
    );
    text.halo = true;
    scene.text(
        [1.0, TOP_PX - HEAD_PX],
        Anchor::Start,
        Tone::Ink,
        vec![
            Run::bold(heading(&quantity.label(), 60)),
            Run {
                tone: Some(Tone::Ink2),
                ..Run::plain(format!(
                    " {} values in classes of {}",
                    number(total as f64, 1.0),
                    number(step, step)
                ))
            },
        ],
    );
    let words = range_words(quantity, &quantity.values).unwrap_or_default();
    scene.description = format!("Histogram: {words}, mean {}.", significant(mean, 4));
    scene.title = title;
    let x = Scale { min: scale.min / factor, max: scale.max / factor, ..scale };
    scene.panels.push(Panel { rect, x, y: y_scale, variables: vec![quantity.name.clone()] });
    scene
}
