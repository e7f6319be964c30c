"""Policy files in, structured policies out (政策文件的读取与结构化)."""
