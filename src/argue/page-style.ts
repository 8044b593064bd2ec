/**
 * page-style: what the page of arguments adds to the report's style sheet, whose colours it takes.
 */
const TEXT = `.who{margin-bottom:6px}.claim{font-size:16px;border-left:3px solid var(--mark);padding-left:14px;margin:0 0 14px}
.rule,.again{font-size:14px;color:var(--quiet)}.again a{margin-left:14px;white-space:nowrap}main a,.verdicts a{text-underline-offset:.25em}.rule{margin-top:12px}.rule b{color:var(--fg)}
.missing{color:var(--warn);font-size:14px}.notes{font-size:14px;padding-left:20px;max-width:80ch}.missing li,.notes li{margin-bottom:4px}
ul.missing{padding-left:20px}.missing,.notes,.meaning,.again,.note,.facts dd{overflow-wrap:anywhere}.meaning{max-width:90ch;font-weight:500;margin:2px 0 0}
section .badge{font-size:20px;min-width:170px}section .badge svg{width:24px;height:24px}
.verdicts th{font-weight:500}.verdicts td,.verdicts th{vertical-align:middle}
.small-badge{display:inline-flex;gap:7px;align-items:center;white-space:nowrap;font-weight:600;color:var(--tone)}
.small-badge svg{width:16px;height:16px;flex:none;fill:none;stroke:currentColor;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
.small-badge.exact{--tone:var(--good)}.small-badge.incomplete{--tone:var(--warn)}
.small-badge.wrong{--tone:var(--bad)}.small-badge.bounded{--tone:var(--accent)}`;

const PLOTS = `.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,520px),1fr));gap:4px 28px;align-items:start;margin-top:14px}
.plots figure{margin:0}
table.chart th[scope=row]{width:30%;min-width:112px;overflow-wrap:break-word}table.chart .below{display:none}
table.chart thead .plot{background:var(--panel);vertical-align:middle;border-bottom:1px solid var(--line)}table.chart caption .quiet{display:block;font-size:12px}details .plots{margin-top:8px}
table.chart td,table.chart th{vertical-align:middle}
table.chart td,table.chart th{padding:3px 10px;border-bottom:0}
table.chart thead th{padding-top:6px;padding-bottom:6px;border-bottom:1px solid var(--line)}
table.chart .num,table.chart thead .num{width:1%;white-space:nowrap}table.chart td.num{white-space:nowrap}
.plot{min-width:110px}
.track,.axis{position:relative;display:block}
.track{height:18px}.axis{height:16px}
.track i,.axis i{position:absolute;font-style:normal}
.axis i{transform:translateX(-50%);font-weight:400;font-size:12px;white-space:nowrap}
.bar-of{left:0;top:3px;height:12px;background:var(--bar);border-radius:0 2px 2px 0}
.whisker{top:4px;height:10px;min-width:1px;border:solid var(--fg);border-width:0 1.5px}
.whisker::before{content:"";position:absolute;left:0;right:0;top:4px;height:1.5px;background:var(--fg)}
.whisker.cut-low{border-left-width:0}.whisker.cut-high{border-right-width:0}
.point{top:4px;width:10px;height:10px;margin-left:-5px;border-radius:50%;background:var(--bar);border:1.5px solid var(--fg)}
.one{top:-4px;bottom:-4px;width:1px;background:var(--mark)}
.limit{top:-4px;bottom:-4px;width:0;border-left:1.5px dashed var(--warn)}
.bar-of,.point,.whisker,.whisker::before,.one,.limit{print-color-adjust:exact;-webkit-print-color-adjust:exact}`;

const NARROW = `@media (max-width:560px){table.chart td,table.chart th{padding:3px 6px}table.chart th[scope=row]{width:34%;min-width:96px;hyphens:auto}
table.chart .interval{display:none}table.chart .below{display:block;font-size:11px;color:var(--quiet)}.by{display:none}
.plot{min-width:96px}section .badge{min-width:0}.axis .more{display:none}}
@media print{details:not([open])>:not(summary){display:block}table.chart{font-size:9px}.plots{grid-template-columns:1fr 1fr}section{break-inside:auto}figure{break-inside:avoid}}`;

export const ARGUE_STYLE = `${TEXT}
${PLOTS}
${NARROW}`;
