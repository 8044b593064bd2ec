/**
 * page-style: the style sheet of the HTML report.
 *
 * --c0 … --c11 are the colours of groups, --c12 that of all others.  Both sets were chosen for the largest smallest
 * distance between any two, seen with normal sight and with protanopia, deuteranopia and tritanopia, and from the
 * ground behind them.  The class `print` puts the light set on paper.
 */
const LIGHT = `--bg:#fff;--panel:#f5f7f9;--fg:#16191d;--quiet:#5b636d;--line:#d5dae0;--accent:#0b5cad;--bar:#3d7ab8;
--bad:#a4140c;--good:#0a6640;--warn:#7d4a00;--free:#eceff3;--dim:#d3d8de;--mark:#98a1ac;--cursor:#000;
--c0:#0072b2;--c1:#e69f00;--c2:#009e73;--c3:#d55e00;--c4:#56b4e9;--c5:#721405;--c6:#9079fe;--c7:#a0ceab;
--c8:#481d85;--c9:#874d1d;--c10:#0736c2;--c11:#653e5c;--c12:#6b7078;color-scheme:light`;

const DARK = `--bg:#14171c;--panel:#1c2027;--fg:#e8ebef;--quiet:#a3acb7;--line:#363d47;--accent:#7fb8f0;--bar:#5b93c9;
--bad:#ff9d92;--good:#63d3a0;--warn:#f0b860;--free:#262b33;--dim:#3a414c;--mark:#78828f;--cursor:#fff;
--c0:#3b9be0;--c1:#e69f00;--c2:#adcc9f;--c3:#d55e00;--c4:#5df9f4;--c5:#8e3510;--c6:#c28a93;--c7:#f4e300;
--c8:#483bba;--c9:#6d4177;--c10:#3069f6;--c11:#2ecbec;--c12:#6b7078;color-scheme:dark`;

const BASE = `*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
font-variant-numeric:tabular-nums}
main,header,nav,footer{max-width:1280px;margin:0 auto;padding:0 24px}
header{padding-top:32px}
h1{font-size:30px;line-height:1.2;margin:0 0 20px;overflow-wrap:anywhere;letter-spacing:-.01em}
h2{font-size:20px;line-height:1.3;margin:0 0 10px}
h3{font-size:15px;margin:24px 0 6px}
section{padding:28px 0 8px;border-top:1px solid var(--line);margin-top:28px}
p{margin:0 0 12px;max-width:80ch}
a{color:var(--accent)}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.eyebrow{color:var(--quiet);margin:0 0 2px}
.quiet,.note,.empty{color:var(--quiet)}
.empty{font-style:italic}
.bad{color:var(--bad)}
.scroll{overflow-x:auto;margin:0 0 14px;border:1px solid var(--line);border-radius:6px;position:relative}
nav ul{display:flex;flex-wrap:wrap;gap:4px 20px;list-style:none;padding:0;margin:24px 0 -12px;font-size:14px}`;

const HEADER = `.verdict{display:flex;gap:8px 24px;align-items:flex-start;flex-wrap:wrap;padding:16px 20px;border-radius:8px;
background:var(--panel);border:1px solid var(--line);border-left:6px solid var(--tone)}
.verdict>div{flex:1 1 320px;min-width:0}
.verdict.exact{--tone:var(--good)}.verdict.bounded{--tone:var(--accent)}
.verdict.incomplete{--tone:var(--warn)}.verdict.wrong{--tone:var(--bad)}
.badge{margin:0;color:var(--tone);font-size:28px;line-height:1.2;font-weight:700}
.badge{display:flex;gap:10px;align-items:center}.badge svg{width:30px;height:30px;fill:none;stroke:currentColor;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
.meaning{margin:6px 0 0;font-weight:600}
.because{margin:6px 0 0;padding-left:20px}
.because li{overflow-wrap:anywhere}
dl{margin:0}dd{margin:0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(168px,1fr));gap:16px 20px;margin:20px 0}
dt{color:var(--quiet);font-size:13px}
.facts dd{font-size:19px;font-weight:600;line-height:1.3}
.facts dd.more{font-size:13px;font-weight:400;color:var(--quiet)}
.facts .bad dd{color:var(--bad)}
.environment{font-size:13px}
.environment div{display:flex;gap:10px;padding:2px 0}
.environment dt{flex:none;width:60px}
.environment dd{min-width:0;overflow-wrap:anywhere}`;

const TABLE = `table{border-collapse:collapse;font-size:13px;line-height:1.4;width:100%}
table.narrow{width:100%}
caption span{position:sticky;left:12px;display:inline-block;max-width:calc(100vw - 64px)}
#designs tbody th{white-space:nowrap}
caption{text-align:left;padding:8px 12px;color:var(--quiet);border-bottom:1px solid var(--line)}
.scroll caption{caption-side:top}
th,td{padding:5px 12px;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{font-weight:600;color:var(--quiet);background:var(--panel);vertical-align:bottom}
tbody th{font-weight:500}
.num{text-align:right;white-space:nowrap}
thead .num{white-space:normal}
td.path{min-width:190px;overflow-wrap:anywhere}td.text{min-width:190px}td.none,.eq{color:var(--quiet)}
.neq.bad{font-weight:600}
.neq:not(.bad){color:var(--warn)}
sup{line-height:0;margin-left:2px}
.counters th:first-child{position:sticky;left:0;background:var(--bg);z-index:1;min-width:min(40vw,210px);max-width:min(44vw,320px);
overflow-wrap:anywhere;box-shadow:inset -1px 0 var(--line)}
.counters th,.counters td{padding-left:8px;padding-right:8px}.counters th:first-child{padding-left:12px}
.counters thead th:first-child{background:var(--panel)}
.tree{display:block;padding-left:calc(min(var(--depth),8)*16px)}
.gone .tree bdi{text-decoration:line-through;text-decoration-color:var(--quiet)}
.tag{display:inline-block;font-size:12px;line-height:1.3;padding:0 6px;border:1px solid var(--mark);border-radius:9px;color:var(--quiet);white-space:nowrap}
.reasons{list-style:none;padding:0;margin:0 0 14px}
.reasons li{padding:2px 0}.reasons li:target{background:var(--panel)}
details{margin:0 0 14px}summary{cursor:pointer;padding:4px 0;color:var(--accent)}`;

const CHARTS = `.toolbar{display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px;margin:0 0 10px}
button,.field input{font:inherit;font-size:13px;color:var(--fg);background:var(--bg);border:1px solid var(--mark);border-radius:5px;padding:3px 10px;min-height:28px}
button{cursor:pointer}button:hover:not(:disabled){background:var(--panel)}
button:disabled{opacity:.5;cursor:default}
.group{display:inline-flex}.group button{border-radius:0;margin-left:-1px}
.group button:first-child{border-radius:5px 0 0 5px;margin:0}.group button:last-child{border-radius:0 5px 5px 0}
.group button[aria-pressed=true]{background:var(--fg);color:var(--bg);border-color:var(--fg)}
.field{font-size:13px;color:var(--quiet)}.field input{width:11ch;margin-left:6px}
.readout{font-size:14px;min-height:1.5em;margin:0 0 8px;max-width:none;overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:6px;list-style:none;padding:0;margin:10px 0 14px}
.legend button{display:flex;align-items:center;gap:7px;max-width:100%;text-align:left}
.legend li{max-width:100%}.legend .free{display:flex;align-items:center;gap:7px;font-size:13px;padding:3px 6px}
.legend .name{overflow-wrap:anywhere;min-width:0}
.legend .value{color:var(--quiet);white-space:nowrap}
.swatch{flex:none;width:13px;height:13px;border-radius:2px;border:1px solid color-mix(in srgb,var(--fg) 35%,transparent)}
#chart-legend button[aria-pressed=false] .name{text-decoration:line-through}
#chart-legend button[aria-pressed=false] .swatch{background:none!important}
#map-legend button[aria-pressed=true]{border-color:var(--fg);box-shadow:inset 0 0 0 1px var(--fg)}
#chart{width:100%;min-height:280px}
#chart .u-select{background:color-mix(in srgb,var(--accent) 22%,transparent)}
#chart .u-cursor-x{border-color:var(--fg)!important}
.map-box{overflow:auto;max-height:min(72vh,680px);border:1px solid var(--line);border-radius:6px;background:var(--bg);overscroll-behavior-x:contain}
.map-inner{position:relative;display:flex;width:max-content}
.ruler{position:sticky;top:0;height:20px;min-width:100%;z-index:3;background:var(--panel);border-bottom:1px solid var(--line);font-size:12px;line-height:19px;color:var(--quiet)}
.ruler span{position:absolute;border-left:1px solid var(--mark);padding-left:4px;white-space:nowrap}
.gutter{position:sticky;left:0;flex:none;width:92px;background:var(--bg);z-index:2;border-right:1px solid var(--line)}
.gutter span{position:absolute;right:8px;font:12px/14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--quiet)}
.plane{position:relative;flex:none}
#map{display:block;image-rendering:pixelated;cursor:crosshair}
#map:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
.pointer{position:absolute;pointer-events:none;box-shadow:0 0 0 1px var(--cursor),0 0 0 2px var(--bg)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:8px 40px;align-items:start;margin-bottom:18px}
.cards .facts{margin:0 0 8px;grid-template-columns:repeat(auto-fit,minmax(140px,1fr))}
figure{margin:0 0 14px;min-width:0}
figcaption{margin-bottom:6px;font-size:14px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:10px 48px;margin-top:18px}
.bar{display:grid;grid-template-columns:96px 1fr 76px;gap:10px;align-items:center;font-size:13px;padding:2px 0}
.bar-name{text-align:right;overflow-wrap:anywhere}
.bar-track{height:16px;background:var(--panel);border-radius:3px;overflow:hidden}
.bar-fill{display:block;height:100%;background:var(--bar);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:0 48px}
footer{padding-top:20px;padding-bottom:40px;color:var(--quiet);font-size:13px}`;

const NARROW = `@media (max-width:560px){main,header,nav,footer{padding-left:14px;padding-right:14px}header{padding-top:20px}
h1{font-size:24px}.facts{grid-template-columns:repeat(auto-fit,minmax(136px,1fr))}.cards{grid-template-columns:1fr}
.bar{grid-template-columns:84px 1fr 64px}.verdict{padding:12px 14px}th,td{padding:5px 9px}.counters th:first-child{min-width:112px}}
@media print{body{font-size:11px}.scroll,.map-box{overflow:visible;max-height:none}table{font-size:7.5px}.tag{font-size:7px}caption{font-size:11px}th,td,.counters th,.counters td{padding:2px 3px}
.counters th:first-child{min-width:70px}td.text,td.path{min-width:0}.tree{padding-left:calc(min(var(--depth),8)*8px)}:focus-visible,#map:focus-visible{outline:0}
nav,.toolbar,.readout{display:none}section{break-inside:auto}tr,figure,.legend li{break-inside:avoid}
.counters th:first-child{position:static}#map,.swatch{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.plane,#map{max-width:640px!important;height:auto!important}.gutter,.ruler{display:none}.pointer{display:none}}`;

export const PAGE_STYLE = `:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root:not(.print){${DARK}}}
${BASE}
${HEADER}
${TABLE}
${CHARTS}
${NARROW}`;
