# 管理后台、任务进程与命令行的镜像。The image of the admin, the worker and the command line.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY policy_match policy_match
COPY indexer indexer
COPY admin admin
RUN /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 app && mkdir /data && chown app:app /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 POLICY_MATCH_HOME=/data POLICY_MATCH_ENV=production
USER app
VOLUME /data
EXPOSE 8080
CMD ["policy-match", "serve", "--host", "0.0.0.0", "--port", "8080"]
