// Bars whose marks link to their records; the table below each chart says the same in text.
"use strict";

document.querySelectorAll("[data-chart]").forEach((figure) => {
  const rows = JSON.parse(figure.dataset.chart).slice(0, 12);
  const chart = echarts.init(figure.querySelector(".chart-canvas"), null, { renderer: "svg" });
  chart.setOption({
    aria: { enabled: true },
    grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
    tooltip: { trigger: "item" },
    xAxis: { type: "category", data: rows.map((row) => row[1]), axisTick: { show: false }, axisLabel: { interval: 0, width: Math.max(40, figure.clientWidth / rows.length - 16), overflow: "break", color: "#5b6873" } },
    yAxis: { type: "value", minInterval: 1 },
    series: [{ type: "bar", data: rows.map((row) => row[2]), barMaxWidth: 42, itemStyle: { color: "#1f5f99" }, label: { show: true, position: "top" } }],
  });
  chart.on("click", (mark) => {
    const url = new URL(figure.dataset.url, window.location);
    url.searchParams.set(figure.dataset.by, rows[mark.dataIndex][0]);
    if (figure.dataset.hash) url.hash = figure.dataset.hash;
    window.location = url;
  });
  window.addEventListener("resize", () => chart.resize());
});
